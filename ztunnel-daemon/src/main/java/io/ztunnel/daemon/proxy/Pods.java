package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.redirection.PodManager;
import io.ztunnel.redirection.PodNetworkFactory;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.redirection.PodStatus;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.routing.RoutingConfig;
import io.ztunnel.store.MeshListener;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Workload;
import io.ztunnel.store.WorkloadWaiter;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** Every pod of the node: who starts and stops their proxies, and what these share. */
public final class Pods implements AutoCloseable {
    private static final int MAX_WAITING_FOR_WORKLOAD = 10_000;
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final PodManager manager;
    private final TlsContexts tls;
    private final WorkloadWaiter waiter;
    private final DnsHostnames hostnames;

    private Pods(
            PodManager manager, TlsContexts tls, WorkloadWaiter waiter, DnsHostnames hostnames) {
        this.manager = manager;
        this.tls = tls;
        this.waiter = waiter;
        this.hostnames = hostnames;
    }

    /**
     * @param ready told whether every pod of the node is served, when that changes
     * @param failed told when the node agent breaks the protocol beyond repair
     */
    public static Pods create(
            Config config,
            EventLoopGroup workers,
            Executor handshakes,
            EventLoop control,
            MeshStore store,
            CertificateManager certificates,
            Telemetry telemetry,
            Consumer<Boolean> ready,
            Consumer<String> failed) {
        HboneTls hboneTls =
                new HboneTls(
                        config.tls().tls12(),
                        config.tls().postQuantum() ? HboneTls.PQC_GROUPS : HboneTls.DEFAULT_GROUPS);
        TlsContexts tls = new TlsContexts(certificates, hboneTls);
        WorkloadWaiter waiter = new WorkloadWaiter(store, control, MAX_WAITING_FOR_WORKLOAD);
        DnsHostnames hostnames = new DnsHostnames(workers.next(), config.listeners().ipv6());
        OwnPorts ownPorts =
                OwnPorts.of(
                        config.listeners().illegalPorts().stream()
                                .mapToInt(Integer::intValue)
                                .toArray());
        RoutingConfig routing =
                new RoutingConfig(
                        config.mesh().network(),
                        Config.INBOUND_PORT,
                        ownPorts,
                        config.behaviour().localhostAppTunnel());
        ProxyServices services =
                new ProxyServices(
                        config,
                        workers,
                        handshakes,
                        store,
                        waiter,
                        new Router(routing, ThreadLocalRandom::current),
                        new InboundRouter(routing),
                        ownPorts,
                        new PolicyEngine(
                                new PolicyLog(config.behaviour().authorizationInfoLogging())),
                        tls,
                        hostnames,
                        new Records(
                                telemetry,
                                config.mesh().network(),
                                config.behaviour().responseBaggage()));
        PodManager manager =
                new PodManager(
                        new PodManager.Settings(Path.of(config.inPod().agentSocket()), RETRY),
                        (pod, network) -> WorkloadProxy.start(services, pod, network),
                        PodNetworkFactory.with(socketSettings(config)),
                        new PodManager.Listener() {
                            @Override
                            public void ready(boolean now) {
                                ready.accept(now);
                            }

                            @Override
                            public void failed(String reason) {
                                failed.accept(reason);
                            }
                        });
        telemetry.proxies(() -> manager.counts().active(), () -> manager.counts().pending());
        store.addListener(new Recheck(manager));
        return new Pods(manager, tls, waiter, hostnames);
    }

    private static SocketSettings socketSettings(Config config) {
        Config.Sockets sockets = config.sockets();
        Long mark = sockets.packetMark();
        Boolean originalSource = config.behaviour().originalSource();
        return new SocketSettings(
                mark == null ? 0 : mark.intValue(),
                config.inPod().portReuse(),
                originalSource == null
                        ? SocketSettings.OriginalSource.BEST_EFFORT
                        : originalSource
                                ? SocketSettings.OriginalSource.REQUIRED
                                : SocketSettings.OriginalSource.NEVER,
                config.listeners().ipv6(),
                new SocketSettings.Keepalive(
                        sockets.keepaliveEnabled(),
                        sockets.keepaliveTime(),
                        sockets.keepaliveInterval(),
                        sockets.keepaliveRetries()),
                sockets.userTimeoutEnabled());
    }

    /** Checks open connections again when policies change, or which of them a pod has. */
    private record Recheck(PodManager manager) implements MeshListener {
        @Override
        public void policiesChanged(MeshView view) {
            recheck(view);
        }

        @Override
        public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
            recheck(view);
        }

        private void recheck(MeshView view) {
            for (PodStatus pod : manager.pods()) {
                if (pod.proxy() instanceof WorkloadProxy proxy) {
                    proxy.recheckPolicies(view);
                }
            }
        }
    }

    /** Begins to take pods from the node agent. Called once, when the mesh is known. */
    public void start() {
        manager.start();
    }

    public List<PodStatus> status() {
        return manager.pods();
    }

    /** Gracefully, within the configured deadline. */
    public CompletionStage<Void> drain() {
        return manager.drain(PodProxy.Drain.GRACEFUL);
    }

    @Override
    public void close() {
        manager.close();
        waiter.close();
        hostnames.close();
        tls.close();
    }
}
