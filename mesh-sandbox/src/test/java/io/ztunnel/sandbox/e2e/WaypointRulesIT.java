package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.envoy.EnvoyBinary;
import io.ztunnel.sandbox.istiod.SigningAuthority;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a waypoint enforces is the same whichever proxy it is. Without an Envoy its half is skipped,
 * saying so, unless {@code -Dsandbox.envoy=required}.
 */
@ParameterizedClass
@EnumSource(WaypointRulesIT.Setting.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WaypointRulesIT {
    private static final String BOOKINFO = "src/main/resources/bookinfo";
    private static final Path WAYPOINT = Path.of("src/main/resources/waypoint/waypoint.yaml");
    private static final String CURL_ID = "spiffe://cluster.local/ns/client/sa/curl";
    private static final String WAYPOINT_ID = "spiffe://cluster.local/ns/bookinfo/sa/waypoint";
    private static final int REQUESTS = 400;

    private static final String RULES =
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: no-delete, namespace: bookinfo}
            spec:
              targetRefs: [{group: "", kind: Service, name: productpage}]
              action: DENY
              rules:
                - to: [{operation: {methods: [DELETE]}}]
            ---
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: page-only, namespace: bookinfo}
            spec:
              targetRefs: [{group: "", kind: Service, name: details}]
              action: ALLOW
              rules:
                - from: [{source: {principals: [cluster.local/ns/bookinfo/sa/bookinfo-productpage]}}]
                - from: [{source: {namespaces: [client]}}]
                  to: [{operation: {paths: [/health]}}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: split, namespace: bookinfo}
            spec:
              parentRefs: [{group: "", kind: Service, name: reviews}]
              rules:
                - matches: [{path: {type: PathPrefix, value: /old}}]
                  filters:
                    - type: URLRewrite
                      urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
                  backendRefs: [{name: reviews-v3, port: 9080}]
                - backendRefs:
                    - {name: reviews-v1, port: 9080, weight: 90}
                    - {name: reviews-v2, port: 9080, weight: 10}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: stream, namespace: bookinfo}
            spec:
              selector: {app: ratings}
              ports: [{name: tcp, port: 7000, targetPort: 9080, appProtocol: tcp}]
            """;

    private static final String NO_STREAM =
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: no-stream, namespace: bookinfo}
            spec:
              targetRefs: [{group: "", kind: Service, name: stream}]
              action: DENY
              rules:
                - from: [{source: {principals: [cluster.local/ns/client/sa/curl]}}]
            """;

    /** What runs as waypoint, and what is spoken below. */
    enum Setting {
        EMBEDDED_IPV4(IpFamily.IPV4),
        EMBEDDED_IPV6(IpFamily.IPV6),
        ENVOY_IPV4(IpFamily.IPV4),
        ENVOY_IPV6(IpFamily.IPV6);

        private final IpFamily family;

        Setting(IpFamily family) {
            this.family = family;
        }

        private boolean isEnvoy() {
            return this == ENVOY_IPV4 || this == ENVOY_IPV6;
        }
    }

    private static @Nullable Mesh current;

    private final Setting setting;
    private final Mesh mesh;

    WaypointRulesIT(Setting setting) {
        this.setting = setting;
        this.mesh = Objects.requireNonNull(current);
    }

    @BeforeParameterizedClassInvocation
    static void bringUp(Setting setting) throws IOException {
        if (setting.isEnvoy()) {
            demandEnvoy();
            if (setting == Setting.ENVOY_IPV6 && !isEnvoyRequired()) {
                abort("Envoy over IPv6 is tried by 'make test-envoy'");
            }
        }
        Mesh mesh =
                Mesh.up(
                        BOOKINFO,
                        List.of("--waypoint", setting.isEnvoy() ? "envoy" : "embedded"),
                        setting.family);
        current = mesh;
        Manifests manifests = mesh.manifests();
        manifests.write("waypoint.yaml", Files.readString(WAYPOINT));
        manifests.write("rules.yaml", RULES);
        manifests.label(
                "namespaces.yaml", "istio.io/dataplane-mode", "ambient", "bookinfo", "client");
        manifests.label("namespaces.yaml", "istio.io/use-waypoint", "waypoint", "bookinfo");
        mesh.awaitCaptured("bookinfo", "client");
        mesh.awaitConfig("node2", "services", "bookinfo +stream +\\S+ +waypoint +1/1");
        mesh.awaitConfig("node2", "services", "bookinfo +waypoint +\\S+ +None +1/1");
    }

    private static boolean isEnvoyRequired() {
        return System.getProperty("sandbox.envoy", "").equals("required");
    }

    private static void demandEnvoy() {
        try {
            EnvoyBinary.here().find();
        } catch (IOException none) {
            if (isEnvoyRequired()) {
                throw new AssertionError(none.getMessage(), none);
            }
            System.out.println(
                    "SKIPPED: the waypoint's rules are not tried with a real Envoy: "
                            + none.getMessage());
            abort("no Envoy: " + none.getMessage());
        }
    }

    @AfterParameterizedClassInvocation
    static void takeDown() {
        Mesh mesh = current;
        current = null;
        if (mesh != null) {
            mesh.close();
        }
    }

    private Place client() throws IOException {
        return mesh.pod("curl.client");
    }

    private String waypointLog() throws IOException {
        return mesh.entries("pods").stream()
                .filter(pod -> "waypoint".equals(pod.get("program")))
                .map(pod -> pod.get("name") + "." + pod.get("namespace"))
                .findFirst()
                .orElseThrow();
    }

    private static Command.Result curl(Place from, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("curl", "-sS", "-m", "20"));
        line.addAll(List.of(arguments));
        return from.run(line.toArray(String[]::new));
    }

    /** The body, then the status. */
    private static String ask(Place from, String... arguments) throws IOException {
        return curl(from, with(arguments)).orFail();
    }

    /** A rule or an address may reach the waypoint a moment after it reached the node. */
    private void awaitStatus(String status, String... arguments) {
        Mesh.awaitTrue(
                "an answer of " + status,
                () -> curl(client(), with(arguments)).output().endsWith(status));
    }

    private static String[] with(String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of("-w", "\n%{http_code}"));
        return line.toArray(String[]::new);
    }

    @Test
    @Order(1)
    void theWaypointKnowsTheClient() throws Exception {
        String url = "http://productpage.bookinfo:9080/health";
        awaitStatus("200", url);
        int seen = mesh.log(waypointLog()).size();
        assertThat(ask(client(), url)).endsWith("200");
        assertThat(mesh.awaitLine(waypointLog(), seen, line -> line.contains("/health")))
                .contains("[waypoint bookinfo/waypoint] GET /health 200 src=" + CURL_ID)
                .contains("service=productpage.bookinfo.svc.cluster.local");
    }

    @Test
    @Order(2)
    void aMethodIsDeniedAndOthersAreNot() throws Exception {
        String url = "http://productpage.bookinfo:9080/health";
        awaitStatus("403", "-X", "DELETE", url);
        assertThat(ask(client(), "-X", "DELETE", url)).contains("RBAC: access denied");
        assertThat(ask(client(), url)).endsWith("200");
    }

    @Test
    @Order(3)
    void whoMayAskForWhat() throws Exception {
        String details = "http://details.bookinfo:9080";
        assertThat(ask(client(), details + "/details/0")).endsWith("403");
        assertThat(ask(client(), details + "/health?a=b")).endsWith("200");
        // Another spelling of a path is the same path.
        assertThat(ask(client(), "--path-as-is", details + "/health/../details/0")).endsWith("403");
        assertThat(ask(mesh.pod("productpage-v1.bookinfo"), details + "/details/0"))
                .endsWith("200");
    }

    @Test
    @Order(4)
    void sharesAreKept() throws Exception {
        String answers =
                curl(
                                client(),
                                "-w",
                                "\n",
                                "http://reviews.bookinfo:9080/reviews/0?n=[1-" + REQUESTS + "]")
                        .orFail();
        List<String> lines = answers.lines().filter(line -> line.contains("Reviewer1")).toList();
        long second = lines.stream().filter(line -> line.contains("black")).count();
        assertThat(lines).hasSize(REQUESTS);
        // Six standard deviations of a tenth either way.
        assertThat(second).isBetween(REQUESTS / 100L, REQUESTS / 100L * 19);
        assertThat(answers).doesNotContain("\"red\"");
    }

    @Test
    @Order(5)
    void aPathIsRewrittenOnItsWayToAnotherBackend() throws Exception {
        assertThat(ask(client(), "http://reviews.bookinfo:9080/old/reviews/0"))
                .contains("red")
                .endsWith("200");
    }

    @Test
    @Order(6)
    void aServiceThatIsNotHttpIsJoinedAndItsConnectionsAreDecided() throws Exception {
        String url = "http://stream.bookinfo:7000/health";
        int seen = mesh.log(waypointLog()).size();
        assertThat(ask(client(), url)).endsWith("200");
        assertThat(mesh.awaitLine(waypointLog(), seen, line -> line.contains("] TCP ")))
                .contains("src=" + CURL_ID + " service=stream.bookinfo.svc.cluster.local");
        mesh.manifests().write("no-stream.yaml", NO_STREAM);
        Mesh.awaitTrue("connections are refused", () -> curl(client(), url).status() != 0);
    }

    @Test
    @Order(7)
    void aNewRuleMeetsConnectionsThatAreOpen() throws Exception {
        String vip =
                mesh.config("node2", "services")
                        .lines()
                        .filter(line -> line.matches("bookinfo +productpage .*"))
                        .map(line -> line.split(" +", -1)[2])
                        .findFirst()
                        .orElseThrow();
        InetSocketAddress page = new InetSocketAddress(InetAddress.ofLiteral(vip), 9080);
        try (KeptConnection open = KeptConnection.open(client(), page)) {
            assertThat(open.get("/health")).startsWith("HTTP/1.1 200");
            mesh.manifests()
                    .write(
                            "no-get.yaml",
                            RULES.substring(0, RULES.indexOf("---"))
                                    .replace("no-delete", "no-get")
                                    .replace("DELETE", "GET"));
            // Either refused there, or told to come again and refused then.
            Mesh.awaitTrue(
                    "the open connection is of no more use",
                    () -> {
                        try {
                            return open.get("/health").startsWith("HTTP/1.1 403");
                        } catch (IOException closed) {
                            return true;
                        }
                    });
            awaitStatus("403", "http://productpage.bookinfo:9080/health");
        } finally {
            mesh.manifests().remove("no-get.yaml");
        }
        awaitStatus("200", "http://productpage.bookinfo:9080/health");
    }

    @Test
    @Order(8)
    void envoyTakesUpACertificateThatIsRenewed() throws Exception {
        if (!setting.isEnvoy()) {
            return;
        }
        Path file;
        try (Stream<Path> files = Files.walk(mesh.state().folder().resolve("pods"))) {
            file = files.filter(f -> f.endsWith("identity.json")).findFirst().orElseThrow();
        }
        assertThat(file).content().contains("PRIVATE KEY");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        KeyPair keys = SigningAuthority.newKeyPair();
        X509Certificate fresh =
                SigningAuthority.open(
                                mesh.state().authority(), "cluster.local", InstantSource.system())
                        .signWorkload(keys.getPublic(), WAYPOINT_ID, Duration.ofHours(1));
        Path next = file.resolveSibling("next");
        Files.writeString(
                next,
                JSON.std.asString(
                        Map.of(
                                "resources",
                                List.of(
                                        Map.of(
                                                "@type",
                                                "type.googleapis.com/envoy.extensions"
                                                        + ".transport_sockets.tls.v3.Secret",
                                                "name",
                                                "identity",
                                                "tls_certificate",
                                                Map.of(
                                                        "certificate_chain",
                                                        inline(fresh),
                                                        "private_key",
                                                        inline(keys.getPrivate())))))));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        String serial = fresh.getSerialNumber().toString(16);
        Place waypoint = mesh.pod("waypoint.bookinfo");
        Mesh.awaitTrue(
                "the certificate is in use",
                () -> curl(waypoint, "http://127.0.0.1:15000/certs").output().contains(serial));
        awaitStatus("200", "http://productpage.bookinfo:9080/health");
    }

    private static Map<String, String> inline(Object pem) {
        return Map.of("inline_string", SigningAuthority.pem(pem));
    }

    /** At the end, since ztunnel tells of a connection once it is over. */
    @Test
    @Order(9)
    void thePodKnowsTheWaypoint() throws Exception {
        assertThat(
                        mesh.awaitLine(
                                "node1",
                                0,
                                line ->
                                        line.contains("direction=\"inbound\"")
                                                && line.contains("src.identity=")
                                                && line.contains("productpage-v1")))
                .contains("src.identity=\"" + WAYPOINT_ID + "\"");
    }

    @Test
    @Order(10)
    void nothingIsLeftOfIt() throws Exception {
        takeDown();
        assertThat(Machine.traces(mesh)).isEmpty();
        assertThat(Machine.processes(mesh)).isEmpty();
        assertThat(mesh.state().folder()).doesNotExist();
    }
}
