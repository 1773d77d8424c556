package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.internal.PlatformDependent;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.dns.DnsServices;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.RevocationLists;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.Revocations;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.redirection.OwnNetwork;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodManager;
import io.ztunnel.redirection.PodNetworkFactory;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.redirection.PodStatus;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.routing.RoutingConfig;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshListener;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.NameSource;
import io.ztunnel.store.WorkloadWaiter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Every pod of the node: who starts and stops their proxies, and what these share. ztunnel's own
 * pod is one of them where its names are known, so that the mesh can read our metrics.
 */
public final class Pods implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pods.class);
    private static final int MAX_WAITING_FOR_WORKLOAD = 10_000;
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration WORKLOAD_WAIT = Duration.ofSeconds(5);
    private static final long CLOSE_LIMIT_SECONDS = 2;

    /** Null in dedicated mode, which has one workload and no node agent. */
    private final @Nullable PodManager manager;

    private final @Nullable WorkloadProxy self;
    private final TlsContexts tls;
    private final WorkloadWaiter waiter;
    private final DnsHostnames hostnames;
    private final @Nullable RevocationLists lists;

    private Pods(
            @Nullable PodManager manager,
            @Nullable WorkloadProxy self,
            TlsContexts tls,
            WorkloadWaiter waiter,
            DnsHostnames hostnames,
            @Nullable RevocationLists lists) {
        this.lists = lists;
        this.manager = manager;
        this.self = self;
        this.tls = tls;
        this.waiter = waiter;
        this.hostnames = hostnames;
    }

    /**
     * @param names where the mesh is asked for what is not known; null when all is told
     * @param ready told whether every pod of the node is served, when that changes
     * @param failed told when the node agent breaks the protocol beyond repair
     * @throws IOException when a listener in ztunnel's own namespace cannot be bound
     */
    public static Pods create(
            Config config,
            EventLoopGroup workers,
            Executor handshakes,
            EventLoop control,
            MeshStore store,
            @Nullable NameSource names,
            CertificateManager certificates,
            Telemetry telemetry,
            Consumer<Boolean> ready,
            Consumer<String> failed)
            throws IOException {
        RevocationLists lists = revocationLists(config, control, telemetry);
        Revocations revocations = lists == null ? Revocations.NONE : lists;
        HboneTls hboneTls =
                new HboneTls(
                        config.tls().tls12(),
                        config.tls().postQuantum() ? HboneTls.PQC_GROUPS : HboneTls.DEFAULT_GROUPS,
                        revocations);
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
        SocketSettings sockets = socketSettings(config);
        ByteBudget windows = ByteBudget.of(PlatformDependent.maxDirectMemory() / 2);
        telemetry.windows(windows::taken);
        ProxyServices services =
                new ProxyServices(
                        config,
                        new CapturedSockets(sockets),
                        WORKLOAD_WAIT,
                        workers,
                        handshakes,
                        store,
                        new Decisions(store, names),
                        waiter,
                        new Router(routing, ThreadLocalRandom::current),
                        new InboundRouter(routing),
                        ownPorts,
                        new PolicyEngine(
                                new PolicyLog(config.behaviour().authorizationInfoLogging())),
                        tls,
                        revocations,
                        hostnames,
                        DnsServices.of(config, store::view, telemetry, FileProbe.SYSTEM),
                        windows,
                        new Records(
                                telemetry,
                                config.mesh().network(),
                                config.behaviour().responseBaggage()));
        RunningProxies running = new RunningProxies(services, telemetry);
        store.addListener(running);
        store.addListener(
                new MeshListener() {
                    @Override
                    public void localIdentityGone(Identity identity) {
                        tls.forget(identity);
                    }
                });
        Config.WorkloadInfo dedicated = config.dedicatedWorkload();
        PodManager manager = null;
        WorkloadProxy self;
        if (dedicated == null) {
            manager = manager(config, running, sockets, telemetry, ready, failed);
            self = bindSelf(config, services, sockets);
        } else {
            self = running.bind(info(dedicated), OwnNetwork.dedicated(sockets));
            ready.accept(true);
        }
        WorkloadProxy own = dedicated == null ? self : null;
        if (lists != null) {
            lists.onChange(
                    () -> {
                        running.recheckCertificates();
                        if (own != null) {
                            own.recheckCertificates();
                        }
                    });
        }
        return new Pods(manager, self, tls, waiter, hostnames, lists);
    }

    private static @Nullable RevocationLists revocationLists(
            Config config, EventLoop control, Telemetry telemetry) {
        String path = config.tls().crlPath();
        return path == null
                ? null
                : RevocationLists.start(
                        Path.of(path),
                        control,
                        byServer ->
                                telemetry
                                        .crlRejections(
                                                byServer ? Reporter.DESTINATION : Reporter.SOURCE)
                                        .increment());
    }

    private static PodManager manager(
            Config config,
            RunningProxies running,
            SocketSettings sockets,
            Telemetry telemetry,
            Consumer<Boolean> ready,
            Consumer<String> failed) {
        PodManager manager =
                new PodManager(
                        new PodManager.Settings(Path.of(config.inPod().agentSocket()), RETRY),
                        running,
                        PodNetworkFactory.with(sockets),
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
        return manager;
    }

    private static PodInfo info(Config.WorkloadInfo workload) {
        return new PodInfo("", workload.name(), workload.namespace(), workload.serviceAccount());
    }

    /**
     * Open connections of ztunnel's own pod are not checked again when policies change, as the
     * reference has it: {@link RunningProxies} does not know of it.
     */
    private static @Nullable WorkloadProxy bindSelf(
            Config config, ProxyServices services, SocketSettings sockets) throws IOException {
        Config.Self self = config.self();
        if (self == null) {
            return null;
        }
        return WorkloadProxy.bindInboundOnly(
                services, info(self.workload()), new OwnNetwork(sockets));
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

    /** Begins to take pods from the node agent. Called once, when the mesh is known. */
    public void start() {
        if (self != null) {
            self.accept();
        }
        if (manager != null) {
            manager.start();
        }
    }

    public List<PodStatus> status() {
        return manager == null ? List.of() : manager.pods();
    }

    /** Gracefully, within the configured deadline. */
    public CompletionStage<Void> drain() {
        CompletionStage<Void> pods =
                manager == null
                        ? CompletableFuture.completedFuture(null)
                        : manager.drain(PodProxy.Drain.GRACEFUL);
        if (self == null) {
            return pods;
        }
        CompletionStage<Void> own = self.drain(PodProxy.Drain.GRACEFUL);
        return CompletableFuture.allOf(pods.toCompletableFuture(), own.toCompletableFuture());
    }

    @Override
    public void close() {
        if (manager != null) {
            manager.close();
        }
        closeSelf();
        waiter.close();
        hostnames.close();
        if (lists != null) {
            lists.close();
        }
        tls.close();
    }

    private void closeSelf() {
        if (self == null) {
            return;
        }
        try {
            self.drain(PodProxy.Drain.IMMEDIATE)
                    .toCompletableFuture()
                    .get(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("connections in ztunnel's own namespace are still open: {}", e.toString());
        }
    }
}
