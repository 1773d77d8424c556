package io.ztunnel.sandbox.waypoint;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.istiod.SigningAuthority;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;
import io.ztunnel.sandbox.waypoint.policy.PolicyTable;
import io.ztunnel.sandbox.waypoint.route.RouteTable;
import io.ztunnel.sandbox.waypoint.route.ServicePort;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A waypoint on loopback with a CA of its own, and pods that are waypoints for one address. */
final class TestMesh {
    static final String CLIENT = "spiffe://cluster.local/ns/client/sa/curl";
    static final InetSocketAddress HTTP = address("10.4.188.144", 9080);
    static final InetSocketAddress TCP = address("10.4.188.145", 7000);

    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final SigningAuthority authority;
    private final EventLoopGroup clients =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Deque<Closing> open = new ArrayDeque<>();
    private final Map<InetSocketAddress, Destination> bound = new HashMap<>();
    final Telemetry telemetry = new Telemetry();
    private final Map<ServicePort, Destination> backends = new HashMap<>();
    private RouteTable routes = RouteTable.EMPTY;
    private PolicyTable policies = PolicyTable.EMPTY;
    private final MeshIdentity identity;
    private int podPort = 1;

    TestMesh(Path folder) throws Exception {
        authority = SigningAuthority.open(folder, "cluster.local", InstantSource.system());
        identity = identity("spiffe://cluster.local/ns/bookinfo/sa/waypoint");
        open.push(() -> clients.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(2_000));
    }

    static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    MeshIdentity identity(String spiffeId) throws Exception {
        KeyPair keys = SigningAuthority.newKeyPair();
        X509Certificate leaf =
                authority.signWorkload(keys.getPublic(), spiffeId, Duration.ofHours(1));
        X509Certificate root =
                (X509Certificate)
                        CertificateFactory.getInstance("X.509")
                                .generateCertificate(
                                        new ByteArrayInputStream(
                                                authority
                                                        .rootPem()
                                                        .getBytes(StandardCharsets.US_ASCII)));
        return MeshIdentity.of(keys.getPrivate(), List.of(leaf), List.of(root));
    }

    /** Whoever is bound before the waypoint starts can be dialled. */
    TestMesh bind(InetSocketAddress dialled, boolean http, Endpoint... endpoints) {
        return bind(dialled, http ? Protocol.HTTP1 : Protocol.TCP, endpoints);
    }

    TestMesh bind(InetSocketAddress dialled, Protocol protocol, Endpoint... endpoints) {
        String name =
                protocol == Protocol.TCP
                        ? "db.bookinfo.svc.cluster.local"
                        : "reviews.bookinfo.svc.cluster.local";
        bound.put(
                dialled,
                new Destination(
                        name,
                        protocol,
                        Optional.of(new ServicePort("bookinfo", name, dialled.getPort())),
                        List.of(endpoints)));
        return this;
    }

    /** A Service of namespace bookinfo that routes may lead to. */
    TestMesh backend(String name, Protocol protocol, Endpoint... endpoints) {
        String hostname = name + ".bookinfo.svc.cluster.local";
        ServicePort port = new ServicePort("bookinfo", hostname, HTTP.getPort());
        backends.put(
                port, new Destination(hostname, protocol, Optional.of(port), List.of(endpoints)));
        return this;
    }

    /** HTTPRoutes and AuthorizationPolicies, for a waypoint that starts later. */
    TestMesh apply(String... documents) {
        StringBuilder yaml =
                new StringBuilder(
                        "{kind: Namespace, apiVersion: v1, metadata: {name: bookinfo}}\n");
        for (String service : List.of("reviews", "reviews-v1", "reviews-v2")) {
            yaml.append(
                    """
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: %s, namespace: bookinfo}
                    spec: {ports: [{port: 9080}]}
                    """
                            .formatted(service));
        }
        for (String document : documents) {
            yaml.append("---\n").append(document).append('\n');
        }
        ManifestSet set = ManifestLoader.parse("test.yaml", yaml.toString());
        if (!set.problems().isEmpty()) {
            throw new AssertionError(set.problems());
        }
        GatewayScope scope =
                new GatewayScope(MeshSettings.DEFAULT, set.objects(), "bookinfo", "waypoint");
        Consumer<Problem> none =
                problem -> {
                    throw new AssertionError(problem);
                };
        routes = RouteTable.of(scope, none);
        policies = PolicyTable.of(scope, none);
        return this;
    }

    /** An HTTPRoute of Service reviews. */
    TestMesh route(String rules) {
        return apply(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: reviews, namespace: bookinfo}
                spec:
                  parentRefs: [{group: '', kind: Service, name: reviews}]
                  rules: %s
                """
                        .formatted(rules));
    }

    /** An HBONE server that takes CONNECTs for an application. */
    Endpoint pod(InetSocketAddress app, String spiffeId) throws Exception {
        MeshIdentity own = identity(spiffeId);
        Destinations only =
                new Destinations(
                        Map.of(
                                app,
                                new Destination(
                                        "pod",
                                        Protocol.TCP,
                                        Optional.empty(),
                                        List.of(new Endpoint(app, false)))),
                        Map.of());
        WaypointServer pod =
                WaypointServer.start(
                        new InetSocketAddress(app.getAddress(), 0),
                        1,
                        () -> own,
                        () -> WaypointState.of(only),
                        () -> new SplittableRandom(1),
                        new AccessLog("pod/" + app, lines::add),
                        new Telemetry());
        open.push(pod::close);
        podPort = pod.address().getPort();
        return new Endpoint(app, true);
    }

    WaypointServer start() throws IOException {
        WaypointState state =
                new WaypointState(
                        new Destinations(bound, backends), routes, policies, Workloads.NONE);
        WaypointServer waypoint =
                WaypointServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        podPort,
                        () -> identity,
                        () -> state,
                        () -> new SplittableRandom(7),
                        new AccessLog("bookinfo/waypoint", lines::add),
                        telemetry);
        open.push(waypoint::close);
        return waypoint;
    }

    TestTunnel tunnel(WaypointServer waypoint) throws Exception {
        return tunnel(waypoint, identity(CLIENT));
    }

    TestTunnel tunnel(WaypointServer waypoint, MeshIdentity as) throws Exception {
        TestTunnel tunnel = TestTunnel.connect(clients, waypoint.address(), as);
        open.push(tunnel::close);
        return tunnel;
    }

    /** The next line of the waypoint, not of a pod. */
    String line() throws InterruptedException {
        String line;
        do {
            line = lines.poll(10, TimeUnit.SECONDS);
            if (line == null) {
                throw new AssertionError("no line");
            }
        } while (!line.startsWith("[waypoint bookinfo/waypoint]"));
        return line;
    }

    private interface Closing {
        void close() throws Exception;
    }

    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
