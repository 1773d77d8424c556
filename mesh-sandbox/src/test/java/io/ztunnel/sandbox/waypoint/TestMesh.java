package io.ztunnel.sandbox.waypoint;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.ztunnel.sandbox.istiod.SigningAuthority;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

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
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

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
        String name = http ? "reviews.bookinfo.svc.cluster.local" : "db.bookinfo.svc.cluster.local";
        bound.put(dialled, new Destination(name, http, List.of(endpoints)));
        return this;
    }

    /** An HBONE server that takes CONNECTs for an application. */
    Endpoint pod(InetSocketAddress app, String spiffeId) throws Exception {
        MeshIdentity own = identity(spiffeId);
        Destinations only =
                new Destinations(
                        Map.of(
                                app,
                                new Destination("pod", false, List.of(new Endpoint(app, false)))));
        WaypointServer pod =
                WaypointServer.start(
                        new InetSocketAddress(app.getAddress(), 0),
                        1,
                        () -> own,
                        () -> only,
                        () -> new SplittableRandom(1),
                        new AccessLog("pod/" + app, lines::add));
        open.push(pod::close);
        podPort = pod.address().getPort();
        return new Endpoint(app, true);
    }

    WaypointServer start() throws IOException {
        Destinations destinations = new Destinations(bound);
        WaypointServer waypoint =
                WaypointServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        podPort,
                        () -> identity,
                        () -> destinations,
                        () -> new SplittableRandom(7),
                        new AccessLog("bookinfo/waypoint", lines::add));
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
