package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.IpFamily;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a waypoint is for, the ways to enrol, and what happens when things go wrong: each step
 * changes the mesh with the command's verbs, checks it and takes it back.
 */
@ParameterizedClass
@EnumSource(
        value = MeshWalkIT.Stack.class,
        names = {"IPV6", "DUAL"})
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WaypointWalkIT {
    private static final String BOOKINFO = "src/main/resources/bookinfo";
    private static final String WAYPOINT = "src/main/resources/waypoint/waypoint.yaml";
    private static final String REVIEWS = "http://reviews.bookinfo:9080/reviews/1";
    private static final String DETAILS = "http://details.bookinfo:9080/details/0";
    private static final String USE = "istio.io/use-waypoint";
    private static final String USE_NAMESPACE = "istio.io/use-waypoint-namespace";
    private static final Pattern CALLER = Pattern.compile("(?im)^x-client-address: (\\S+)\\r?$");

    private static @Nullable Mesh running;

    private final Mesh mesh;
    private final List<IpFamily> families;

    WaypointWalkIT(MeshWalkIT.Stack stack) {
        mesh = Objects.requireNonNull(running);
        families = List.of(stack.families());
    }

    @BeforeParameterizedClassInvocation
    static void bringUp(MeshWalkIT.Stack stack) throws IOException {
        Mesh mesh = Mesh.up(BOOKINFO, stack.families());
        running = mesh;
        mesh.verb("label", "namespace", "bookinfo", "client", "istio.io/dataplane-mode=ambient");
        mesh.verb("apply", "-f", WAYPOINT);
        mesh.verb("label", "namespace", "bookinfo", USE + "=waypoint");
        mesh.awaitCaptured("bookinfo", "client");
        awaitWaypoint(mesh, "reviews", "waypoint");
        awaitWaypoint(mesh, "details", "waypoint");
    }

    @AfterParameterizedClassInvocation
    static void takeDown() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    /** Both nodes send what is for a service of bookinfo there, or straight. */
    private static void awaitWaypoint(Mesh mesh, String service, String waypoint) {
        for (String node : List.of("node1", "node2")) {
            String row = "bookinfo +" + service + " +\\S+ +" + waypoint + " +\\d/\\d";
            mesh.awaitConfig(node, "services", row);
        }
    }

    private Place client() throws IOException {
        return mesh.pod("curl.client");
    }

    private static String curl(Place from, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("curl", "-sS", "-m", "20", "-i"));
        line.addAll(List.of(arguments));
        return from.run(line.toArray(String[]::new)).output();
    }

    private void awaitAnswer(String start, String... arguments) {
        Mesh.awaitTrue(
                String.join(" ", arguments) + " is answered with " + start,
                () -> curl(client(), arguments).startsWith(start));
    }

    /** Whose address the application saw. */
    private InetAddress caller(String url) throws IOException {
        String answer = curl(client(), url);
        Matcher address = CALLER.matcher(answer);
        assertThat(answer).as(url).startsWith("HTTP/1.1 200");
        assertThat(address.find()).as(answer).isTrue();
        return InetAddress.ofLiteral(address.group(1));
    }

    private String url(String pod, IpFamily family, String path) throws IOException {
        String host = mesh.pod(pod).address(family).getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":9080" + path;
    }

    private String shown(String type, String name) throws IOException {
        return mesh.verb("get", type, name, "-n", "bookinfo", "-o", "yaml");
    }

    private void awaitRunning(String waypoint) {
        Mesh.awaitTrue(
                waypoint + " is ready",
                () ->
                        mesh.entries("pods").stream()
                                .filter(pod -> Boolean.TRUE.equals(pod.get("ready")))
                                .map(pod -> pod.get("name") + "." + pod.get("namespace"))
                                .anyMatch(name -> name.matches(waypoint)));
    }

    /**
     * @param from whose objects the listener admits
     */
    private static String gateway(String name, String namespace, String traffic, String from) {
        return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: %s, namespace: %s, labels: {istio.io/waypoint-for: %s}}
        spec:
          gatewayClassName: istio-waypoint
          listeners:
            - {name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: %s}}}
        """
                .formatted(name, namespace, traffic, from);
    }

    @Test
    @Order(1)
    void aPolicyForTheWaypointForbidsAMethod() throws Exception {
        awaitAnswer("HTTP/1.1 200", "-X", "DELETE", REVIEWS);
        mesh.apply(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: no-delete, namespace: bookinfo}
                spec:
                  targetRefs:
                    - {group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}
                  action: DENY
                  rules: [{to: [{operation: {methods: [DELETE]}}]}]
                """);
        awaitAnswer("HTTP/1.1 403", "-X", "DELETE", REVIEWS);
        awaitAnswer("HTTP/1.1 200", REVIEWS);
        Mesh.awaitTrue(
                "the policy's status says so",
                () -> shown("authorizationpolicy", "no-delete").contains("type: WaypointAccepted"));
        mesh.verb("delete", "authorizationpolicy", "no-delete", "-n", "bookinfo");
        awaitAnswer("HTTP/1.1 200", "-X", "DELETE", REVIEWS);
    }

    @Test
    @Order(2)
    void aRouteSplitsTheRequestsOfAService() throws Exception {
        mesh.apply(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: reviews, namespace: bookinfo}
                spec:
                  parentRefs: [{group: "", kind: Service, name: reviews, port: 9080}]
                  rules:
                    - backendRefs:
                        - {name: reviews-v1, port: 9080, weight: 90}
                        - {name: reviews-v2, port: 9080, weight: 10}
                """);
        Mesh.awaitTrue(
                "the route's status says so",
                () ->
                        shown("httproute", "reviews").contains("type: Accepted")
                                && shown("httproute", "reviews").contains("type: ResolvedRefs"));
        Mesh.awaitTrue("the waypoint has the route", () -> answeredBy(20, "v3") == 0);
        String bodies = client().run("curl", "-sS", "-m", "50", many(500)).orFail();
        assertThat(count(bodies, "v1") + count(bodies, "v2")).isEqualTo(500);
        // Five standard deviations.
        assertThat(count(bodies, "v2")).isBetween(50 - 33, 50 + 33);
        mesh.verb("delete", "httproute", "reviews", "-n", "bookinfo");
    }

    private int answeredBy(int requests, String version) throws IOException {
        return count(client().run("curl", "-sS", "-m", "50", many(requests)).orFail(), version);
    }

    private static String many(int requests) {
        return "http://reviews.bookinfo:9080/reviews/[1-" + requests + "]";
    }

    private static int count(String bodies, String version) {
        return bodies.split("\"podname\": \"reviews-" + version, -1).length - 1;
    }

    @Test
    @Order(3)
    void oneServiceOptsOut() throws Exception {
        mesh.verb("label", "service", "reviews", "-n", "bookinfo", USE + "=none");
        awaitWaypoint(mesh, "reviews", "None");
        awaitWaypoint(mesh, "details", "waypoint");
        assertThat(client().addresses()).contains(caller(REVIEWS));
        assertThat(mesh.pod("waypoint.bookinfo").addresses()).contains(caller(DETAILS));
        mesh.verb("label", "service", "reviews", "-n", "bookinfo", USE + "-");
        awaitWaypoint(mesh, "reviews", "waypoint");
    }

    @Test
    @Order(4)
    void onlyOneServiceIsEnrolled() throws Exception {
        mesh.verb("label", "namespace", "bookinfo", USE + "-");
        mesh.verb("label", "service", "reviews", "-n", "bookinfo", USE + "=waypoint");
        awaitWaypoint(mesh, "details", "None");
        awaitWaypoint(mesh, "reviews", "waypoint");
        assertThat(mesh.pod("waypoint.bookinfo").addresses()).contains(caller(REVIEWS));
        assertThat(client().addresses()).contains(caller(DETAILS));
        mesh.verb("label", "service", "reviews", "-n", "bookinfo", USE + "-");
        awaitWaypoint(mesh, "reviews", "None");
    }

    @Test
    @Order(5)
    void onlyOnePodIsEnrolled() throws Exception {
        mesh.apply(gateway("pod-waypoint", "bookinfo", "workload", "Same"));
        awaitRunning("pod-waypoint-.*\\.bookinfo");
        Place pod = mesh.pod("reviews-v1.bookinfo");
        mesh.verb(
                "label",
                "pod",
                "-l",
                "app=reviews,version=v1",
                "-n",
                "bookinfo",
                USE + "=pod-waypoint");
        mesh.awaitConfig("node2", "workloads", "bookinfo +reviews-v1\\S+ .* pod-waypoint +HBONE");
        List<InetAddress> waypoint = mesh.pod("pod-waypoint.bookinfo").addresses();
        for (IpFamily family : families) {
            assertThat(waypoint).contains(caller(url("reviews-v1.bookinfo", family, "/reviews/1")));
            assertThat(client().addresses())
                    .contains(caller(url("reviews-v2.bookinfo", family, "/reviews/1")));
        }
        assertThat(client().addresses()).contains(caller("http://reviews-v1.bookinfo:9080/health"));
        assertThat(mesh.pod("reviews-v1.bookinfo")).as("the pod goes on").isEqualTo(pod);
        mesh.verb("label", "pod", pod.name(), "-n", "bookinfo", USE + "-");
        mesh.verb("delete", "gateway", "pod-waypoint", "-n", "bookinfo");
        mesh.verb("label", "namespace", "bookinfo", USE + "=waypoint");
        awaitWaypoint(mesh, "details", "waypoint");
        assertThat(mesh.problems()).noneMatch(problem -> problem.contains(pod.name()));
    }

    private static String allow(String principals) {
        return """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: allow-details, namespace: bookinfo}
        spec:
          selector: {matchLabels: {app: details}}
          action: ALLOW
          rules: [{from: [{source: {principals: [%s]}}]}]
        """
                .formatted(principals);
    }

    @Test
    @Order(6)
    void aPolicyThatForgetsTheWaypointBreaksAndTheLogSaysWhatToAdd() throws Exception {
        String client = "cluster.local/ns/client/sa/curl";
        String waypoint = "cluster.local/ns/bookinfo/sa/waypoint";
        int seen = mesh.log("node1").size();
        mesh.apply(allow(client));
        awaitAnswer("HTTP/1.1 503", DETAILS);
        assertThat(mesh.awaitLine("node1", seen, line -> line.contains("but none allowed\"")))
                .contains("direction=\"inbound\"")
                .contains("error.hint=\"", "add the waypoint's identity " + waypoint + " to the")
                .contains("bookinfo/allow-details");
        mesh.apply(allow(client + ", " + waypoint));
        awaitAnswer("HTTP/1.1 200", DETAILS);
        mesh.verb("delete", "authorizationpolicy", "allow-details", "-n", "bookinfo");
    }

    @Test
    @Order(7)
    void strictRefusesPlainTextAndAdmitsTheMesh() throws Exception {
        Place legacy = mesh.pod("curl.legacy");
        String page = "http://productpage.bookinfo:9080/health";
        assertThat(curl(legacy, page)).startsWith("HTTP/1.1 200");
        int seen = mesh.log("node1").size();
        mesh.apply(
                """
                apiVersion: security.istio.io/v1
                kind: PeerAuthentication
                metadata: {name: default, namespace: bookinfo}
                spec: {mtls: {mode: STRICT}}
                """);
        Mesh.awaitTrue("legacy is refused", () -> !curl(legacy, page).startsWith("HTTP"));
        for (IpFamily family : families) {
            assertThat(curl(legacy, url("productpage-v1.bookinfo", family, "/health")))
                    .doesNotContain("HTTP");
            assertThat(curl(client(), url("productpage-v1.bookinfo", family, "/health")))
                    .startsWith("HTTP/1.1 200");
        }
        awaitAnswer("HTTP/1.1 200", page);
        assertThat(mesh.awaitLine("node1", seen, line -> line.contains("converted_static_strict")))
                .contains("the client came in plain text");
        mesh.verb("delete", "peerauthentication", "default", "-n", "bookinfo");
        Mesh.awaitTrue("legacy is back", () -> curl(legacy, page).startsWith("HTTP/1.1 200"));
    }

    @Test
    @Order(8)
    void aWaypointOfAnotherNamespaceServesThoseThatItsListenerAdmits() throws Exception {
        mesh.apply(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: istio, namespace: istio-system}
                data:
                  mesh: "discoverySelectors: [{matchLabels: {istio-discovery: enabled}}]"
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: common-infrastructure}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: curl, namespace: client}
                spec: {selector: {app: curl}, ports: [{name: http, port: 80}]}
                """);
        mesh.apply(
                gateway(
                        "waypoint-common",
                        "common-infrastructure",
                        "service",
                        "Selector, selector: {matchLabels: {kubernetes.io/metadata.name:"
                                + " bookinfo}}"));
        awaitRunning("waypoint-common-.*\\.common-infrastructure");
        for (String namespace : List.of("bookinfo", "client")) {
            mesh.verb(
                    "label",
                    "namespace",
                    namespace,
                    "--overwrite",
                    USE_NAMESPACE + "=common-infrastructure",
                    USE + "=waypoint-common");
        }
        awaitWaypoint(mesh, "reviews", "None");
        awaitStatus("Service/bookinfo/reviews: .*WaypointBound is False, WaypointIsNotReady: .*");
        mesh.verb("label", "namespace", "common-infrastructure", "istio-discovery=enabled");
        awaitWaypoint(mesh, "reviews", "waypoint-common");
        assertThat(mesh.pod("waypoint-common.common-infrastructure").addresses())
                .contains(caller(REVIEWS));
        awaitStatus(
                "Service/client/curl: istio.io/WaypointBound is False, AttachmentDenied: .*does not"
                        + " admit namespace client.*");
        mesh.awaitConfig("node1", "services", "client +curl +\\S+ +None +1/1");
    }

    private void awaitStatus(String line) {
        Mesh.awaitTrue(
                "status says " + line,
                () -> mesh.verb("status").lines().anyMatch(text -> text.matches(line)));
    }

    @Test
    @Order(9)
    void nobodyPassesByAWaypointThatIsKilledAndAllDoOnceItsGatewayIsGone() throws Exception {
        Place waypoint = mesh.pod("waypoint-common.common-infrastructure");
        ProcessHandle process = ProcessHandle.of(waypoint.process()).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        process.onExit().get(10, TimeUnit.SECONDS);
        List<InetAddress> callers = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        Mesh.awaitTrue(
                "the waypoint is back",
                () -> {
                    Matcher seen = CALLER.matcher(curl(client(), "-m", "5", REVIEWS));
                    if (seen.find()) {
                        callers.add(InetAddress.ofLiteral(seen.group(1)));
                    } else {
                        failures.add("failed");
                    }
                    return !failures.isEmpty() && !callers.isEmpty();
                });
        assertThat(callers).isNotEmpty().isSubsetOf(waypoint.addresses());
        mesh.verb("delete", "gateway", "waypoint-common", "-n", "common-infrastructure");
        awaitWaypoint(mesh, "reviews", "None");
        assertThat(client().addresses()).contains(caller(REVIEWS));
    }
}
