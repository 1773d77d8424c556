package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.e2e.HboneClient.Papers;
import io.ztunnel.sandbox.e2e.Wire.Route;
import io.ztunnel.sandbox.istiod.SigningAuthority;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** What is wrong gives one clear line, and whatever worked goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    private static final String PEER = "spiffe://cluster.local/ns/mesh/sa/client";
    private static final int HBONE = 15008;

    private final Mesh mesh;
    private final Place outsider;
    private final Place server;

    BadInputIT() throws IOException {
        mesh = Mesh.up("src/test/resources/e2e/two-nodes", IpFamily.IPV4, IpFamily.IPV6);
        outsider = mesh.pod("outsider.outside");
        server = mesh.pod("server.mesh");
    }

    @BeforeAll
    void everyNodeKnowsTheMesh() {
        for (String node : List.of("node1", "node2")) {
            mesh.awaitConfig(node, "workloads", "mesh +echo .*HBONE");
        }
    }

    @AfterEach
    void whatWorkedGoesOn() throws Exception {
        assertThat(isEchoed(mesh.pod("client.mesh"))).isTrue();
    }

    @AfterAll
    void takeDown() {
        mesh.close();
    }

    /** Whether a connection through the mesh brings back what it is given. */
    private static boolean isEchoed(Place from) throws IOException {
        Content content = new Content(1, 1_000);
        try (SocketChannel channel = from.connect(new Route(IpFamily.IPV4, false).echo())) {
            content.send(channel);
            channel.shutdownOutput();
            return Content.receive(channel).equals(content.expected());
        } catch (IOException reset) {
            return false;
        }
    }

    private static void awaitEchoed(Place from) {
        Mesh.awaitTrue(from.name() + " is served", () -> isEchoed(from));
    }

    /** The one line that says so, and none of a stack. */
    private String theLine(String log, int seen, String text) throws IOException {
        String line = mesh.awaitLine(log, seen, entry -> entry.contains(text));
        assertThat(mesh.lines(log, seen, entry -> entry.contains(text))).hasSize(1);
        assertThat(mesh.lines(log, seen, entry -> entry.startsWith("\tat "))).isEmpty();
        return line;
    }

    @Test
    void aBrokenFileIsOneProblemAndItsGoodPastStaysInForce() throws Exception {
        int seen = mesh.log("supervisor").size();
        String good = mesh.manifests().read("services.yaml");
        mesh.manifests().write("services.yaml", "kind: [Service\nmetadata: }\n");
        assertThat(theLine("supervisor", seen, "services.yaml")).contains("error").contains(":2");
        assertThat(mesh.problems()).anyMatch(line -> line.contains("services.yaml"));
        assertThat(isEchoed(mesh.pod("client.mesh"))).isTrue();
        mesh.manifests().write("services.yaml", good);
        Mesh.awaitTrue("the problem is gone", () -> mesh.problems().isEmpty());
    }

    @Test
    void aGatewayWithoutAListenerIsOneProblem() throws Exception {
        int seen = mesh.log("supervisor").size();
        mesh.manifests()
                .write(
                        "lame.yaml",
                        """
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: Gateway
                        metadata:
                          name: lame
                          namespace: mesh
                        spec:
                          gatewayClassName: istio-waypoint
                        """);
        assertThat(theLine("supervisor", seen, "lame.yaml"))
                .contains("listener")
                .contains("{name: mesh, port: 15008, protocol: HBONE}");
        mesh.manifests().remove("lame.yaml");
        Mesh.awaitTrue("the problem is gone", () -> mesh.problems().isEmpty());
    }

    private SigningAuthority meshAuthority() throws IOException {
        return SigningAuthority.open(mesh.state().authority(), "unused", InstantSource.system());
    }

    /** Signed by one authority, trusting the mesh's. */
    private Papers papers(SigningAuthority signer, String identity) throws Exception {
        KeyPair keys = SigningAuthority.newKeyPair();
        X509Certificate certificate =
                signer.signWorkload(keys.getPublic(), identity, Duration.ofHours(1));
        return new Papers(keys.getPrivate(), new X509Certificate[] {certificate}, root());
    }

    private X509Certificate root() throws Exception {
        try (var in = java.nio.file.Files.newInputStream(mesh.state().rootCertificate())) {
            return (X509Certificate)
                    java.security.cert.CertificateFactory.getInstance("X.509")
                            .generateCertificate(in);
        }
    }

    private InetSocketAddress tunnelPort(IpFamily family) {
        return new InetSocketAddress(server.address(family), HBONE);
    }

    private String authority(IpFamily family, Place pod, int port) {
        String host = pod.address(family).getHostAddress();
        return (family == IpFamily.IPV6 ? "[" + host + "]" : host) + ":" + port;
    }

    @ParameterizedTest
    @EnumSource
    void aConnectToAPortOfOursIsRefused(IpFamily family) throws Exception {
        int seen = mesh.log("node1").size();
        Papers papers = papers(meshAuthority(), PEER);
        for (int port : List.of(15001, 15006, HBONE)) {
            String authority = authority(family, server, port);
            assertThat(HboneClient.connect(outsider, tunnelPort(family), papers, authority))
                    .as("CONNECT %s", authority)
                    .isEqualTo("503");
        }
        String refusal = "attempted recursive call to ourselves";
        mesh.awaitLine("node1", seen, line -> line.contains(refusal));
        Mesh.awaitTrue(
                "one line for each",
                () -> mesh.lines("node1", seen, line -> line.contains(refusal)).size() == 3);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectToAPortWhereNothingListensIsRefused(IpFamily family) throws Exception {
        int seen = mesh.log("node1").size();
        String authority = authority(family, server, 9999);
        Papers papers = papers(meshAuthority(), PEER);
        assertThat(HboneClient.connect(outsider, tunnelPort(family), papers, authority))
                .isEqualTo("503");
        assertThat(theLine("node1", seen, "9999")).contains("connection failed").contains(PEER);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectToAnotherPodsAddressIsRefused(IpFamily family) throws Exception {
        int seen = mesh.log("node1").size();
        String authority = authority(family, mesh.pod("echo.mesh"), 9000);
        Papers papers = papers(meshAuthority(), PEER);
        assertThat(HboneClient.connect(outsider, tunnelPort(family), papers, authority))
                .isEqualTo("400");
        assertThat(theLine("node1", seen, "ip mismatch: "))
                .contains("warn")
                .contains("direction=\"inbound\"");
    }

    @Test
    void aPeerWithoutACertificateIsRefused() throws Exception {
        int seen = mesh.log("node1").size();
        Papers none = new Papers(null, new X509Certificate[0], root());
        String authority = authority(IpFamily.IPV4, server, 9000);
        assertThat(HboneClient.connect(outsider, tunnelPort(IpFamily.IPV4), none, authority))
                .isEqualTo(HboneClient.CLOSED);
        assertThat(theLine("node1", seen, "tls handshake error"))
                .contains(outsider.address(IpFamily.IPV4).getHostAddress());
    }

    @Test
    void aPeerOfAnotherTrustDomainIsRefused() throws Exception {
        int seen = mesh.log("node1").size();
        Papers foreign = papers(meshAuthority(), "spiffe://elsewhere/ns/mesh/sa/client");
        String authority = authority(IpFamily.IPV4, server, 9000);
        assertThat(HboneClient.connect(outsider, tunnelPort(IpFamily.IPV4), foreign, authority))
                .isEqualTo(HboneClient.CLOSED);
        assertThat(theLine("node1", seen, "tls handshake error")).contains("elsewhere");
    }

    @Test
    void aPeerThatAnotherRootHasSignedIsRefused(@TempDir Path elsewhere) throws Exception {
        int seen = mesh.log("node1").size();
        SigningAuthority other =
                SigningAuthority.open(elsewhere, "elsewhere", InstantSource.system());
        String authority = authority(IpFamily.IPV4, server, 9000);
        assertThat(
                        HboneClient.connect(
                                outsider,
                                tunnelPort(IpFamily.IPV4),
                                papers(other, PEER),
                                authority))
                .isEqualTo(HboneClient.CLOSED);
        theLine("node1", seen, "tls handshake error");
    }

    private void stopControlPlane() throws IOException {
        mesh.control().controlPlane(false);
        Mesh.awaitTrue("istiod is gone", () -> mesh.pod("istiod.istio-system").process() == 0);
    }

    @Test
    void aPodThatComesWhileTheCaIsAwayIsServedOnceItIsBack() throws Exception {
        Place latecomer = mesh.pod("latecomer.late");
        assertThat(isEchoed(latecomer)).as("before it is enrolled").isTrue();
        stopControlPlane();
        int seen = mesh.log("node2").size();
        try {
            mesh.manifests().label("late.yaml", "istio.io/dataplane-mode", "ambient", "late");
            mesh.awaitCaptured("late");
            assertThat(isEchoed(latecomer)).as("without a certificate").isFalse();
            assertThat(mesh.awaitLine("node2", seen, line -> line.contains("\"latecomer\"")))
                    .contains("identity error");
            assertThat(isEchoed(mesh.pod("client.mesh"))).as("those that had one").isTrue();
        } finally {
            mesh.control().controlPlane(true);
        }
        awaitEchoed(latecomer);
        assertThat(mesh.lines("node2", seen, line -> line.startsWith("\tat "))).isEmpty();
    }

    @Test
    void aZtunnelThatStartsWithoutAControlPlaneWaitsForIt() throws Exception {
        stopControlPlane();
        int seen = mesh.log("node2").size();
        try {
            long old = mesh.node("node2").process();
            mesh.control().restart("node2");
            Mesh.awaitTrue(
                    "another ztunnel runs",
                    () -> !List.of(0L, old).contains(mesh.node("node2").process()));
            assertThat(mesh.awaitLine("node2", seen, line -> line.contains("xDS to ")))
                    .contains("warn")
                    .contains("15012");
            assertThat(isEchoed(server)).as("a pod of the other node").isTrue();
        } finally {
            mesh.control().controlPlane(true);
        }
        mesh.awaitCaptured("mesh");
        awaitEchoed(mesh.pod("client.mesh"));
        assertThat(mesh.lines("node2", seen, line -> line.startsWith("\tat "))).isEmpty();
    }

    @Test
    void anInterruptedSandboxLeavesNothingAndHarmsNoOther() throws Exception {
        try (Mesh second = Mesh.prepare("src/test/resources/e2e/two-nodes", IpFamily.IPV4)) {
            Process up =
                    new ProcessBuilder(second.upCommand())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            Mesh.awaitTrue("it has begun", () -> !second.names().existing().isEmpty());
            // SIGTERM: who runs the tests may have them ignore SIGINT, and children inherit that.
            up.destroy();
            assertThat(up.waitFor(Mesh.LIMIT)).as("up has ended").isTrue();
            assertThat(second.names().existing()).isEmpty();
            assertThat(second.names().existingEtc()).isEmpty();
            assertThat(second.state().folder()).doesNotExist();
            assertThat(Machine.processes(second)).isEmpty();
        }
    }
}
