package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.LocalCertificateAuthority;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.LogFormat;
import io.ztunnel.daemon.telemetry.LogSink;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.RelayIoHandler;
import io.ztunnel.hbone.Revocations;
import io.ztunnel.hbone.TlsIdentity;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.routing.RoutingConfig;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.WorkloadWaiter;
import io.ztunnel.xds.LocalFileSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A pod of network net1 with its outbound proxy, and a service whose only endpoint is behind the
 * gateway of net2. The service's address is one of the loopback network, where the proxy listens:
 * nothing has to be redirected.
 */
final class CrossNetworkPod implements AutoCloseable {
    static final String VIP = "127.9.9.9";
    static final String SERVICE = "echo.b.svc.cluster.local";
    static final Identity CLIENT = new Identity("cluster.local", "app", "client");
    static final Identity GATEWAY = new Identity("cluster.local", "istio-gateways", "gateway");
    static final Identity PEER = new Identity("cluster.local", "b", "echo");

    private static final int TIMEOUT_MILLIS = 10_000;

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, RelayIoHandler.newFactory());
    private final ExecutorService handshakes = Executors.newSingleThreadExecutor();
    private final LocalCertificateAuthority ca =
            new LocalCertificateAuthority(
                    new SecureRandom(), InstantSource.system(), Duration.ofHours(1));
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final LogSink sink = new LogSink(LogFormat.PLAIN, log, 1024).start();
    private final MeshStore store = new MeshStore("node1");
    private final Revocations revocations;
    private final CertificateManager certificates;
    private final WorkloadWaiter waiter;
    private final TlsContexts tls;
    private final EpollServerSocketChannel listener = new EpollServerSocketChannel();
    final RemoteNetwork remote;
    final LiveConnections live;
    private final Telemetry telemetry =
            new Telemetry(
                    "test",
                    LogFilter.startingWith("info"),
                    sink,
                    InstantSource.system(),
                    System::nanoTime);
    final PodContext context;
    final OutboundProxy proxy;

    /**
     * @param peer who the ztunnel behind the gateway is
     * @param revocations that the pod heeds
     */
    CrossNetworkPod(Identity peer, Revocations revocations) throws Exception {
        this.revocations = revocations;
        EventLoop home = loops.next();
        certificates = new CertificateManager(ca, home, InstantSource.system(), new SecureRandom());
        waiter = new WorkloadWaiter(store, home, 10);
        tls =
                new TlsContexts(
                        certificates, new HboneTls(false, HboneTls.DEFAULT_GROUPS, revocations));
        remote = new RemoteNetwork(loops, handshakes, issue(GATEWAY), issue(peer));
        context =
                PodContext.of(
                        services(),
                        new PodInfo("uid-1", "client-0", "app", "client"),
                        new Loopback(),
                        home);
        live = context.live();
        proxy = new OutboundProxy(context);
        listener.pipeline()
                .addLast(
                        new Acceptor(
                                "outbound", proxy::accept, telemetry.acceptFailures("outbound")));
        home.register(listener).syncUninterruptibly();
        listener.bind(new InetSocketAddress(VIP, 0)).syncUninterruptibly();
    }

    private TlsIdentity issue(Identity identity) throws Exception {
        return ca.request(identity).toCompletableFuture().get(10, TimeUnit.SECONDS).tls();
    }

    private ProxyServices services() {
        Config config = Config.from(Map.of("NETWORK", "net1"), List.of(), FileProbe.SYSTEM, 2);
        OwnPorts ports = OwnPorts.of(15001, 15006, 15008);
        RoutingConfig routing = new RoutingConfig("net1", Config.INBOUND_PORT, ports, false);
        return new ProxyServices(
                config,
                new CapturedSockets(SocketSettings.defaults()),
                Duration.ofSeconds(5),
                loops,
                handshakes,
                store,
                new Decisions(store, null),
                waiter,
                new Router(routing, ThreadLocalRandom::current),
                new InboundRouter(routing),
                ports,
                new PolicyEngine(new PolicyLog(false)),
                tls,
                revocations,
                (hostname, like, loop) -> loop.newFailedFuture(new IOException("no DNS")),
                null,
                ByteBudget.unlimited(),
                new Records(telemetry, "net1", false));
    }

    /** The service is known, with these identities of its endpoints, behind that gateway port. */
    CrossNetworkPod knows(int gatewayPort, List<Identity> endpoints) throws Exception {
        String yaml =
                """
                workloads:
                - uid: c1//Pod/app/client-0
                  name: client-0
                  namespace: app
                  serviceAccount: client
                  trustDomain: cluster.local
                  network: net1
                  node: node1
                  workloadName: client
                  canonicalName: client
                  workloadIps: ["127.0.0.1"]
                  services: {}
                - uid: net2/gateway
                  name: east-west-1
                  namespace: istio-gateways
                  serviceAccount: gateway
                  trustDomain: cluster.local
                  network: net2
                  workloadName: east-west
                  canonicalName: east-west
                  protocol: HBONE
                  workloadIps: ["127.0.0.2"]
                  services: {}
                - uid: net2/echo
                  name: echo-net2
                  namespace: b
                  network: net2
                  protocol: HBONE
                  workloadIps: []
                  networkGateway: {destination: "net2/127.0.0.2", hboneMtlsPort: %d}
                  services:
                    b/%s: {%d: 8080}
                services:
                - name: echo
                  namespace: b
                  hostname: %s
                  vips: ["net1/%s"]
                  ports: {%d: 8080}
                  subjectAltNames: [%s]
                """
                        .formatted(
                                gatewayPort,
                                SERVICE,
                                port(),
                                SERVICE,
                                VIP,
                                port(),
                                String.join(
                                        ", ",
                                        endpoints.stream().map(i -> "\"" + i + "\"").toList()));
        store.apply(LocalFileSource.inline(yaml).read().toUpdate());
        return this;
    }

    CrossNetworkPod knowsTheService() throws Exception {
        return knows(remote.gateway().getPort(), List.of(PEER));
    }

    /** Of the service. */
    int port() {
        return listener.localAddress().getPort();
    }

    String authority() {
        return SERVICE + ":" + port();
    }

    /** The application dials the service. */
    Socket dial() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(VIP, port()), TIMEOUT_MILLIS);
        return socket;
    }

    /** What was logged so far of ended and refused connections. */
    List<String> accessLog() {
        return log.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("\taccess\t"))
                .toList();
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        proxy.close();
        remote.close();
        loops.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        handshakes.shutdown();
        certificates.close();
        waiter.close();
        tls.close();
        sink.close(Duration.ofSeconds(5));
    }

    /** The namespace of the test. */
    private static final class Loopback implements PodNetwork {
        @Override
        public EpollServerSocketChannel newListener() {
            return new EpollServerSocketChannel();
        }

        @Override
        public boolean isTransparent(EpollServerSocketChannel channel) {
            return false;
        }

        @Override
        public EpollSocketChannel newClient(boolean ipv6) {
            return new EpollSocketChannel();
        }

        @Override
        public long cookie() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
