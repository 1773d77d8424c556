package io.ztunnel.daemon.proxy;

import static org.awaitility.Awaitility.await;

import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.config.ListenAddress;
import io.ztunnel.daemon.dns.DnsServices;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.LogFormat;
import io.ztunnel.daemon.telemetry.LogSink;
import io.ztunnel.daemon.telemetry.MetricsText;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.policy.PolicyObserver;
import io.ztunnel.policy.Verdict;
import io.ztunnel.redirection.OwnNetwork;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.routing.RoutingConfig;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The proxies of one pod on free ports of this machine, with a log and metrics of their own. The
 * kernel redirects nothing here: the test says where the next captured connection wanted to go.
 */
final class TestPod {
    static final Duration SHORT_WAIT = Duration.ofMillis(200);
    static final int OWN_PORT = 15001;

    /**
     * @param hbonePort where this pod believes that all others accept tunnels
     */
    record Options(
            int hbonePort,
            Duration drainLimit,
            Config.PodLimits limits,
            boolean socks,
            boolean resets,
            Duration idle) {
        static final Options DEFAULTS =
                new Options(
                        15008,
                        Duration.ofSeconds(30),
                        Config.PodLimits.DEFAULTS,
                        false,
                        false,
                        Duration.ofMinutes(5));

        Options tunnelsTo(TestPod server) {
            return tunnelsTo(server.inboundPort());
        }

        Options tunnelsTo(int port) {
            return new Options(port, drainLimit, limits, socks, resets, idle);
        }

        /** Listens for SOCKS5 too. */
        Options socks5() {
            return new Options(hbonePort, drainLimit, limits, true, resets, idle);
        }

        /** Passes on resets. */
        Options faithfulResets() {
            return new Options(hbonePort, drainLimit, limits, socks, true, idle);
        }

        /** Tunnels without streams close after that time. */
        Options idle(Duration time) {
            return new Options(hbonePort, drainLimit, limits, socks, resets, time);
        }

        Options drainLimit(Duration limit) {
            return new Options(hbonePort, limit, limits, socks, resets, idle);
        }

        Options limits(Config.PodLimits of) {
            return new Options(hbonePort, drainLimit, of, socks, resets, idle);
        }
    }

    final WorkloadProxy proxy;
    volatile Runnable duringDryRun = () -> {};
    private final RunningProxies running;
    private final TestMesh mesh;
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final LogSink sink = new LogSink(LogFormat.PLAIN, lines, 1024).start();
    private final Telemetry telemetry =
            new Telemetry(
                    "test",
                    LogFilter.startingWith("info"),
                    sink,
                    InstantSource.system(),
                    System::nanoTime);
    private volatile InetSocketAddress target = TestMesh.at("127.0.0.1", 1);

    TestPod(TestMesh mesh, String name, Options options) throws IOException {
        this.mesh = mesh;
        SocketSettings sockets = SocketSettings.defaults();
        OwnPorts ownPorts = OwnPorts.of(OWN_PORT, 15006, 15008);
        RoutingConfig routing = new RoutingConfig("", options.hbonePort(), ownPorts, true);
        Config config = config(options);
        ProxyServices services =
                new ProxyServices(
                        config,
                        new CapturedSockets(sockets, accepted -> target),
                        SHORT_WAIT,
                        mesh.workers,
                        mesh.handshakes,
                        mesh.store,
                        new Decisions(mesh.store, mesh.names),
                        mesh.waiter,
                        new Router(routing, ThreadLocalRandom::current),
                        new InboundRouter(routing),
                        ownPorts,
                        new PolicyEngine(observer()),
                        mesh.tls,
                        mesh.revocations,
                        (hostname, like, loop) ->
                                loop.newFailedFuture(new IOException("no DNS here")),
                        mesh.dns
                                ? DnsServices.of(config, mesh.store::view, telemetry, NO_FILES)
                                : null,
                        ByteBudget.unlimited(),
                        new Records(telemetry, "", true));
        running = new RunningProxies(services, telemetry);
        mesh.store.addListener(running);
        proxy =
                (WorkloadProxy)
                        running.start(
                                new PodInfo("uid-" + name, name, "shop", name),
                                new OwnNetwork(sockets));
    }

    /** Runs what the test has to say while policies are being evaluated. */
    private PolicyObserver observer() {
        return new PolicyObserver() {
            @Override
            public void onDryRunMatch(
                    Authorization policy, Workload destination, PolicyInput input) {
                duringDryRun.run();
            }

            @Override
            public void onDryRunNoneAllowed(Workload destination, PolicyInput input) {}

            @Override
            public void onUnknownPolicy(String key, Workload destination) {}

            @Override
            public void onVerdict(
                    Verdict verdict, @Nullable Authorization policy, Workload destination) {}
        };
    }

    private static Config config(Options options) {
        Config c =
                Config.from(
                        Map.of(
                                "FAKE_CA",
                                "true",
                                "XDS_ADDRESS",
                                "",
                                "ISTIO_META_DNS_PROXY_ADDR",
                                "localhost:0",
                                "POOL_UNUSED_RELEASE_TIMEOUT",
                                options.idle().toMillis() + "ms",
                                "CONNECTION_TERMINATION_DEADLINE",
                                options.drainLimit().toMillis() + "ms"),
                        List.of("proxy"),
                        NO_FILES,
                        2);
        ListenAddress.Socket anyPort = ListenAddress.wildcard(true, 0);
        return with(
                c,
                new Config.Listeners(
                        true,
                        anyPort,
                        anyPort,
                        anyPort,
                        options.socks() ? new ListenAddress.Localhost(false, 0) : null,
                        anyPort,
                        anyPort,
                        anyPort),
                new Config.Behaviour(null, true, true, false, options.resets()),
                options.limits());
    }

    /** The same but for what tests choose. */
    static Config with(
            Config c,
            Config.Listeners listeners,
            Config.Behaviour behaviour,
            Config.PodLimits limits) {
        return new Config(
                c.mode(),
                c.proxyEnabled(),
                c.dedicatedWorkload(),
                c.mesh(),
                listeners,
                c.sockets(),
                c.inPod(),
                behaviour,
                c.hbone(),
                limits,
                c.tls(),
                c.xds(),
                c.ca(),
                c.token(),
                c.dns(),
                c.self(),
                c.workerThreads(),
                c.terminationDeadline(),
                c.proxyMetadata(),
                c.args(),
                c.warnings());
    }

    private static final FileProbe NO_FILES =
            new FileProbe() {
                @Override
                public boolean exists(String path) {
                    return false;
                }

                @Override
                public @Nullable String read(String path) {
                    return null;
                }
            };

    int inboundPort() {
        return proxy.addresses().get(0).getPort();
    }

    /** The pod's application connects to that address, and is captured. */
    Socket dial(InetSocketAddress destination) throws IOException {
        target = destination;
        return connect(proxy.addresses().get(2).getPort());
    }

    /** The pod's application asks for a connection. */
    Socket socks() throws IOException {
        return connect(proxy.addresses().get(3).getPort());
    }

    /** Somebody connects to the pod in plain text, and is captured. */
    Socket plain(InetSocketAddress destination) throws IOException {
        target = destination;
        return connect(proxy.addresses().get(1).getPort());
    }

    /** Somebody connects to where the pod takes tunnels. */
    Socket raw() throws IOException {
        return connect(inboundPort());
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.ofLiteral(TestMesh.CLIENT_IP), port);
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Waits for a line of the access log that contains all of these. */
    String line(String... parts) {
        return await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> lines().stream().filter(l -> containsAll(l, parts)).findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static boolean containsAll(String line, String... parts) {
        for (String part : parts) {
            if (!line.contains(part)) {
                return false;
            }
        }
        return true;
    }

    List<String> lines() {
        return lines.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** The sum of all samples of that name whose labels contain all of these. */
    long metric(String name, String... labels) {
        return metricsText()
                .lines()
                .filter(l -> l.startsWith(name + "{") || l.startsWith(name + " "))
                .filter(l -> containsAll(l, labels))
                .mapToLong(l -> (long) Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    String metricsText() {
        return new String(MetricsText.write(telemetry.metrics()), StandardCharsets.UTF_8);
    }

    void close() throws Exception {
        mesh.store.removeListener(running);
        proxy.drain(PodProxy.Drain.IMMEDIATE).toCompletableFuture().get(10, TimeUnit.SECONDS);
        if (!sink.close(Duration.ofSeconds(5))) {
            throw new AssertionError("the log did not end");
        }
    }
}
