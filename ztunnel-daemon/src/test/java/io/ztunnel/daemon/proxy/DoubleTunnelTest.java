package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.StreamEnd;
import io.ztunnel.hbone.TunnelStats;
import io.ztunnel.routing.Route;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A service behind the gateway of another network, dialled through the whole outbound proxy. */
@Timeout(60)
final class DoubleTunnelTest {
    private static final String BAGGAGE =
            "k8s.cluster.name=c2,k8s.namespace.name=b,k8s.deployment.name=echo-v1,"
                    + "service.name=echo,service.version=v1,cloud.region=r2";

    /** Whose certificates are revoked. */
    private final Set<String> revoked = ConcurrentHashMap.newKeySet();

    private CrossNetworkPod pod;

    @BeforeEach
    void setUp() throws Exception {
        pod = new CrossNetworkPod(CrossNetworkPod.PEER, this::revoked);
        pod.remote.baggage = BAGGAGE;
    }

    @AfterEach
    void tearDown() {
        pod.close();
    }

    private @Nullable String revoked(List<X509Certificate> path) {
        try {
            String names = path.getFirst().getSubjectAlternativeNames().toString();
            return revoked.stream().filter(names::contains).findAny().orElse(null);
        } catch (CertificateParsingException e) {
            throw new AssertionError(e);
        }
    }

    /** As the proxy of a pod does when the lists have changed. */
    private void revoke(Identity identity) {
        revoked.add(identity.toString());
        pod.live.all().forEach(LiveConnection::recheckCertificates);
        pod.proxy.recheckCertificates();
    }

    private static String echo(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return new String(
                socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
    }

    /** The one line of the one connection, and nothing left of it. */
    private String onlyLine() {
        await().untilAsserted(() -> assertThat(pod.accessLog()).hasSize(1));
        await().untilAsserted(() -> assertThat(pod.live.size()).isZero());
        await().untilAsserted(() -> assertThat(pod.remote.joined).hasValue(0));
        assertThat(tunnels()).allSatisfy(tunnel -> assertThat(tunnel.streams()).isZero());
        assertThat(pod.proxy.open()).isEmpty();
        return pod.accessLog().getFirst();
    }

    private List<TunnelStats> tunnels() {
        return pod.proxy.tunnels().stats().syncUninterruptibly().getNow();
    }

    /** The application's connection fails without having carried anything. */
    private String refusedLine() throws IOException {
        try (Socket app = pod.dial()) {
            assertThat(read(app)).isNegative();
        }
        return onlyLine();
    }

    private static int read(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException reset) {
            return -1;
        }
    }

    private String gatewayAddress() {
        return "127.0.0.2:" + pod.remote.gateway().getPort();
    }

    @Test
    void echoesThroughTheGatewayAndEndsCleanly() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            assertThat(echo(app, "hello")).isEqualTo("hello");
            assertThat(pod.proxy.open())
                    .singleElement()
                    .extracting(OutboundConnection::summary)
                    .satisfies(
                            summary -> {
                                assertThat(summary.protocol()).isEqualTo("DOUBLEHBONE");
                                assertThat(summary.toString()).contains(gatewayAddress());
                            });
            app.shutdownOutput();
            assertThat(read(app)).isNegative();
        }
        assertThat(onlyLine())
                .contains("\tinfo\t", "connection complete")
                .contains("bytes_sent=5 bytes_recv=5")
                .doesNotContain("error=");
    }

    @Test
    void bothConnectsNameTheServiceAndOnlyTheInnerOneOurNetwork() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            int appPort = app.getLocalPort();
            ConnectRequest outer = pod.remote.atGateway.getFirst();
            ConnectRequest inner = pod.remote.atPeer.getFirst();
            assertThat(outer.authority()).isEqualTo(pod.authority());
            assertThat(outer.network()).isNull();
            assertThat(outer.forwarded())
                    .isEqualTo(
                            "for=\"127.0.0.1:%d\";host=%s"
                                    .formatted(appPort, CrossNetworkPod.SERVICE));
            assertThat(outer.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
            assertThat(outer.baggage()).singleElement().asString().contains("=app");
            assertThat(inner)
                    .isEqualTo(
                            new ConnectRequest(
                                    outer.authority(),
                                    outer.baggage(),
                                    outer.forwarded(),
                                    outer.traceparent(),
                                    "net1"));
        }
        onlyLine();
    }

    @Test
    void theRecordSaysWhatThePeerHasProvenAndToldOfItself() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
        }
        assertThat(onlyLine())
                .contains("src.workload=\"client-0\"")
                .contains("src.identity=\"" + CrossNetworkPod.CLIENT + "\"")
                .contains("dst.addr=" + gatewayAddress() + " ")
                .contains("dst.hbone_addr=" + pod.authority() + " ")
                .contains("dst.service=\"" + CrossNetworkPod.SERVICE + "\"")
                .contains("dst.workload=\"echo-v1\"")
                .contains("dst.namespace=\"b\"")
                .contains("dst.cluster=\"c2\"")
                .contains("dst.identity=\"" + CrossNetworkPod.PEER + "\"")
                .doesNotContain("east-west");
    }

    @Test
    void aPeerWithoutBaggageIsKnownByItsIdentityAlone() throws Exception {
        pod.remote.baggage = null;
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
        }
        assertThat(onlyLine())
                .contains("dst.service=\"" + CrossNetworkPod.SERVICE + "\"")
                .contains("dst.identity=\"" + CrossNetworkPod.PEER + "\"")
                .doesNotContain("dst.workload", "dst.namespace", "dst.cluster");
    }

    @Test
    void baggageThatIsNotAsciiLeavesTheGatewayAsTheDestination() throws Exception {
        pod.knowsTheService();
        ProxyServices services = pod.context.services();
        Workload own =
                requireNonNull(services.mesh().view().localWorkload(pod.context.reference()));
        HostPort source = new HostPort(IpAddress.parse("127.0.0.1"), 1);
        HostPort service = new HostPort(IpAddress.parse(CrossNetworkPod.VIP), pod.port());
        Route route =
                services.router()
                        .route(services.mesh().view(), own, source.ip(), service, Trace.NONE);
        services.records()
                .throughGateway(
                        source,
                        own,
                        CrossNetworkPod.CLIENT,
                        (Route.DoubleHbone) route,
                        HostPort.of(pod.remote.gateway()),
                        new DoubleTunnel.Peer(
                                new StreamEnd(),
                                List.of(CrossNetworkPod.PEER.toString()),
                                List.of("k8s.namespace.name=\u00e9")),
                        System.nanoTime())
                .complete(null);
        assertThat(onlyLine())
                .contains("dst.workload=\"east-west-1\"")
                .contains("dst.identity=\"" + CrossNetworkPod.GATEWAY + "\"");
    }

    @Test
    void connectionsShareTheOuterTunnelAndNotTheInnerOne() throws Exception {
        pod.knowsTheService();
        try (Socket first = pod.dial();
                Socket second = pod.dial()) {
            assertThat(echo(first, "one")).isEqualTo("one");
            assertThat(echo(second, "two")).isEqualTo("two");
            assertThat(pod.remote.gatewayTunnels).hasValue(1);
            assertThat(pod.remote.joined).hasValue(2);
            assertThat(tunnels()).singleElement().extracting(TunnelStats::streams).isEqualTo(2);
        }
        await().untilAsserted(() -> assertThat(pod.remote.joined).hasValue(0));
        await().untilAsserted(() -> assertThat(pod.live.size()).isZero());
        assertThat(tunnels()).singleElement().extracting(TunnelStats::streams).isEqualTo(0);
    }

    @Test
    void anotherIdentityThanTheServicesIsRefused() throws Exception {
        Identity other = new Identity("cluster.local", "b", "other");
        pod.knows(pod.remote.gateway().getPort(), List.of(other));
        assertThat(refusedLine())
                .contains("\terror\t")
                .contains("did not present the expected SAN")
                .contains(other.toString())
                // Nothing was proven about the destination: it is the gateway.
                .contains("dst.workload=\"east-west-1\"")
                .contains("dst.identity=\"" + CrossNetworkPod.GATEWAY + "\"");
        assertThat(pod.remote.atPeer).isEmpty();
    }

    @Test
    void refusalOfThePeerIsAnError() throws Exception {
        pod.remote.peerStatus = 503;
        pod.knowsTheService();
        assertThat(refusedLine())
                .contains("error=\"http status: 503")
                .contains("dst.workload=\"east-west-1\"");
        assertThat(pod.remote.atPeer).hasSize(1);
    }

    @Test
    void refusalOfTheGatewayIsAnError() throws Exception {
        pod.remote.gatewayStatus = 403;
        pod.knowsTheService();
        assertThat(refusedLine()).contains("error=\"http status: 403");
        assertThat(pod.remote.atPeer).isEmpty();
    }

    @Test
    void gatewayThatIsDownIsAnError() throws Exception {
        int port = pod.remote.gateway().getPort();
        pod.knows(port, List.of(CrossNetworkPod.PEER));
        pod.remote.closeGateway();
        assertThat(refusedLine())
                .contains("Connection refused")
                .contains("dst.addr=127.0.0.2:" + port)
                .contains("dst.hbone_addr=" + pod.authority())
                .contains("dst.workload=\"east-west-1\"");
    }

    @Test
    void aServiceWithoutIdentitiesIsRefusedBeforeAnythingIsDialled() throws Exception {
        pod.knows(pod.remote.gateway().getPort(), List.of());
        assertThat(refusedLine())
                .contains("no identities are known for service " + CrossNetworkPod.SERVICE);
        assertThat(pod.remote.gatewayTunnels).hasValue(0);
        assertThat(tunnels()).isEmpty();
    }

    @Test
    void abortWhileDiallingLeavesOneLineAndNothingElse() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
            pod.knows(silent.getLocalPort(), List.of(CrossNetworkPod.PEER));
            try (Socket app = pod.dial();
                    Socket atGateway = silent.accept()) {
                pod.live.abort(new CutException(ConnectionError.drained()));
                assertThat(read(app)).isNegative();
                assertThat(onlyLine())
                        .contains("connection closed due to connection drain")
                        .contains("dst.workload=\"east-west-1\"");
                assertThat(atGateway.isClosed()).isFalse();
            }
        }
    }

    @Test
    void abortOfARunningConnectionCutsBothTunnels() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            pod.live.abort(new CutException(ConnectionError.drained()));
            assertThat(read(app)).isNegative();
            assertThat(onlyLine())
                    .contains("connection closed due to connection drain")
                    .contains("dst.workload=\"echo-v1\"");
        }
    }

    @Test
    void aConnectionWhosePeerBehindTheGatewayIsRevokedIsCut() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            revoke(CrossNetworkPod.PEER);
            assertThat(read(app)).isNegative();
        }
        assertThat(onlyLine())
                .contains("connection closed: peer certificate revoked by CRL")
                .contains("dst.workload=\"echo-v1\"");
        assertThat(tunnels()).as("the gateway's certificate is still good").hasSize(1);
    }

    @Test
    void aConnectionWhoseGatewayIsRevokedIsCut() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            revoke(CrossNetworkPod.GATEWAY);
            assertThat(read(app)).isNegative();
        }
        assertThat(onlyLine())
                .contains("connection closed: peer certificate revoked by CRL")
                .contains("dst.workload=\"echo-v1\"");
        await().untilAsserted(() -> assertThat(tunnels()).isEmpty());
    }

    @Test
    void aRevocationOfOthersLeavesTheConnectionAlone() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            revoke(new Identity("cluster.local", "b", "other"));
            assertThat(echo(app, "still")).isEqualTo("still");
        }
        assertThat(onlyLine()).doesNotContain("error=");
    }

    @Test
    void aPeerBehindTheGatewayThatIsRevokedAlreadyIsRefused() throws Exception {
        revoked.add(CrossNetworkPod.PEER.toString());
        pod.knowsTheService();
        assertThat(refusedLine()).contains("certificate revoked");
        assertThat(pod.remote.atPeer).isEmpty();
    }

    @Test
    void aDrainWaitsForTheConnectionAndForWhatIsLeftOfItsStream() throws Exception {
        pod.knowsTheService();
        try (Socket app = pod.dial()) {
            echo(app, "x");
            var drained = pod.live.drain().toCompletableFuture();
            assertThat(echo(app, "still")).isEqualTo("still");
            assertThat(drained).isNotDone();
            app.shutdownOutput();
            assertThat(read(app)).isNegative();
            await().until(drained::isDone);
            assertThat(tunnels()).allSatisfy(tunnel -> assertThat(tunnel.streams()).isZero());
        }
        onlyLine();
    }
}
