package io.ztunnel.daemon;

import io.netty.channel.EventLoop;
import io.ztunnel.daemon.admin.AdminEndpoints;
import io.ztunnel.daemon.admin.ConfigDump;
import io.ztunnel.daemon.admin.HttpQuery;
import io.ztunnel.daemon.admin.HttpReply;
import io.ztunnel.daemon.admin.HttpServer;
import io.ztunnel.daemon.admin.Readiness;
import io.ztunnel.daemon.admin.StatsEndpoint;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.ListenAddress;
import io.ztunnel.daemon.identity.CaClient;
import io.ztunnel.daemon.identity.CertificateAuthorityClient;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.LocalCertificateAuthority;
import io.ztunnel.daemon.proxy.Pods;
import io.ztunnel.daemon.telemetry.Logs;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.linux.OpenFileLimit;
import io.ztunnel.linux.RequiredCapabilities;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.MeshStore;
import io.ztunnel.xds.LocalConfigException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * One run of the proxy: start in order, run until told to stop, drain, stop in reverse order.
 *
 * <p>Readiness is served first and metrics last; the node agent is contacted only after the mesh is
 * known, so that no pod is served before its policies are there.
 */
final class Daemon {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);
    private static final Duration LOG_FLUSH = Duration.ofSeconds(1);

    private static final Duration TRIM_INTERVAL = Duration.ofSeconds(10);

    /** Beyond the drain's own deadline: what it cuts needs a moment to be logged. */
    private static final Duration DRAIN_GRACE = Duration.ofSeconds(2);

    private final Config config;
    private final CompletableFuture<Integer> stop = new CompletableFuture<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<HttpServer> servers = new ArrayList<>();

    private Daemon(Config config) {
        this.config = config;
    }

    /**
     * Runs until SIGTERM, SIGINT, an administrator's request or a failure.
     *
     * @return the exit status: 0 after a graceful end
     */
    static int run(Config config) {
        Logs.bridgeJavaUtilLogging();
        int status = new Daemon(config).run();
        Logs.shutdown(LOG_FLUSH);
        return status;
    }

    private int run() {
        AtomicBoolean interrupted = new AtomicBoolean();
        Signals.on("TERM", () -> shutdown("SIGTERM"));
        Signals.on(
                "INT",
                () -> {
                    if (interrupted.getAndSet(true)) {
                        Runtime.getRuntime().halt(0);
                    }
                    shutdown("SIGINT");
                });
        try {
            Pods pods = start();
            int status = stop.join();
            CompletionStage<Void> drained = pods.drain();
            servers.forEach(HttpServer::close);
            await(drained);
            return status;
        } catch (IOException | LocalConfigException e) {
            log.error("cannot start: {}", e.getMessage());
            return 1;
        } finally {
            closeAll();
        }
    }

    private void shutdown(String why) {
        log.info("shutting down: {}", why);
        stop.complete(0);
    }

    private void fail(String why) {
        log.error("ending: {}", why);
        stop.complete(1);
    }

    private Pods start() throws IOException, LocalConfigException {
        for (String warning : config.warnings()) {
            log.warn(warning);
        }
        raiseFileLimit();
        if (config.mode() == Config.Mode.SHARED) {
            Long mark = config.sockets().packetMark();
            RequiredCapabilities.verify(mark == null ? 0 : mark.intValue());
        }

        Threads threads = opened(Threads.start(config.workerThreads(), Daemon::die));
        EventLoop control = threads.control().next();
        Telemetry telemetry = Telemetry.ofProcess(config.mesh().istioVersion());

        Readiness readiness = new Readiness(Readiness.executorsOf(threads.workers()));
        readiness.pending(Readiness.STATE_MANAGER);
        readiness.pending(Readiness.PROXY);
        readiness.pending(Readiness.WORKLOAD_PROXY_MANAGER);
        serve(threads, config.listeners().readiness(), readiness::answer);

        MeshStore store = new MeshStore(config.mesh().node());
        CertificateManager certificates =
                opened(
                        new CertificateManager(
                                certificateAuthority(control),
                                control,
                                InstantSource.system(),
                                new SecureRandom()));
        certificates.exposeIn(telemetry);
        if (config.impersonates()) {
            store.addListener(new CertificateHooks(certificates));
        }

        MeshSource mesh = opened(MeshSource.start(config, store, control, telemetry));
        Pods pods =
                Pods.create(
                        config,
                        threads.workers(),
                        threads.handshakes(),
                        control,
                        store,
                        mesh.names(),
                        certificates,
                        telemetry,
                        ready -> readiness.set(Readiness.WORKLOAD_PROXY_MANAGER, ready),
                        this::fail);
        opened(pods);

        ConfigDump dump =
                new ConfigDump(
                        new ConfigDump.Sources(
                                store::view,
                                certificates::snapshot,
                                config::dump,
                                mesh::staticConfig,
                                pods::status,
                                Version.describe(System.getenv())));
        serve(
                threads,
                config.listeners().admin(),
                new AdminEndpoints(
                                dump, Logs.filter(), () -> shutdown("an administrator asks for it"))
                        ::answer);
        readiness.done(Readiness.PROXY);
        mesh.synced()
                .whenComplete(
                        (done, error) -> {
                            if (error != null) {
                                fail("the mesh cannot be learned: " + error);
                                return;
                            }
                            log.info("the mesh is known, waiting for pods of the node agent");
                            readiness.done(Readiness.STATE_MANAGER);
                            pods.start();
                        });
        serve(threads, config.listeners().stats(), new StatsEndpoint(telemetry.metrics())::answer);
        var _ =
                control.scheduleWithFixedDelay(
                        new MemoryTrimmer(MemoryTrimmer.Heap.ofProcess()),
                        TRIM_INTERVAL.toSeconds(),
                        TRIM_INTERVAL.toSeconds(),
                        TimeUnit.SECONDS);
        log.info(
                "ztunnel runs on node {} with {} worker threads",
                config.mesh().node(),
                config.workerThreads());
        return pods;
    }

    private void serve(
            Threads threads,
            ListenAddress address,
            Function<HttpQuery, CompletionStage<HttpReply>> handler)
            throws IOException {
        List<InetSocketAddress> addresses =
                address.addresses().stream().map(HostPort::toSocketAddress).toList();
        servers.add(opened(HttpServer.bind(threads.admin(), addresses, handler)));
    }

    /** What only the kubelet can mend. */
    static void die(String why) {
        System.err.println("ztunnel: " + why);
        Logs.shutdown(LOG_FLUSH);
        Runtime.getRuntime().halt(1);
    }

    private static void raiseFileLimit() {
        try {
            OpenFileLimit limit = OpenFileLimit.raise();
            log.debug("open files: {} of {}", limit.now(), limit.hard());
        } catch (IOException e) {
            log.warn("the limit of open files stays as it is: {}", e.getMessage());
        }
    }

    private CertificateAuthorityClient certificateAuthority(EventLoop control) throws IOException {
        if (config.ca().fake()) {
            LocalCertificateAuthority local =
                    new LocalCertificateAuthority(
                            new SecureRandom(), InstantSource.system(), config.ca().secretTtl());
            local.warn();
            return opened(local);
        }
        return opened(CaClient.of(config, control));
    }

    private <T extends AutoCloseable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    private void await(CompletionStage<Void> drained) {
        Duration limit = config.terminationDeadline().plus(DRAIN_GRACE);
        try {
            drained.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("not every connection ended in time: {}", e.toString());
        }
    }

    private void closeAll() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                log.warn("while shutting down: {}", e.toString());
            }
        }
    }
}
