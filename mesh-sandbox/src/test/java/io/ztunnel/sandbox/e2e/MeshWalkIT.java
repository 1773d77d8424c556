package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.e2e.Capture.Segment;
import io.ztunnel.sandbox.process.ProcessIdentity;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** A newcomer's way through the mesh, each step built on those before it. */
@ParameterizedClass
@EnumSource(MeshWalkIT.Stack.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshWalkIT {
    private static final String BOOKINFO = "src/main/resources/bookinfo";
    private static final Path WAYPOINT = Path.of("src/main/resources/waypoint/waypoint.yaml");
    private static final int APP = 9080;
    private static final int HBONE = 15008;
    private static final String CURL_ID = "spiffe://cluster.local/ns/client/sa/curl";
    private static final String PAGE_ID =
            "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-productpage";
    private static final String DENY =
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata:
              name: deny-curl
              namespace: bookinfo
            spec:
              action: DENY
              selector:
                matchLabels:
                  app: productpage
              rules:
                - from:
                    - source:
                        principals: [cluster.local/ns/client/sa/curl]
            """;

    /** The address families of a cluster. */
    enum Stack {
        IPV4,
        IPV6,
        DUAL;

        IpFamily[] families() {
            return switch (this) {
                case IPV4 -> new IpFamily[] {IpFamily.IPV4};
                case IPV6 -> new IpFamily[] {IpFamily.IPV6};
                case DUAL -> new IpFamily[] {IpFamily.IPV4, IpFamily.IPV6};
            };
        }
    }

    /** A sandbox and what the machine was like before it. */
    private record Walk(Machine before, Mesh mesh) {}

    private static @Nullable Walk walk;

    private final Mesh mesh;
    private final List<IpFamily> families;

    MeshWalkIT(Stack stack) {
        mesh = Objects.requireNonNull(walk).mesh();
        families = List.of(stack.families());
    }

    @BeforeParameterizedClassInvocation
    static void bringUp(Stack stack) throws IOException {
        Machine before = Machine.now();
        walk = new Walk(before, Mesh.up(BOOKINFO, stack.families()));
    }

    @AfterParameterizedClassInvocation
    static void takeDown() {
        if (walk != null) {
            walk.mesh().close();
            walk = null;
        }
    }

    private Place client() throws IOException {
        return mesh.pod("curl.client");
    }

    private Place page() throws IOException {
        return mesh.pod("productpage-v1.bookinfo");
    }

    private static String url(InetAddress address, String path) {
        String host = address.getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + APP + path;
    }

    private static Command.Result curl(Place from, String url) throws IOException {
        return from.run("curl", "-sS", "-m", "30", "-D", "-", url);
    }

    private static String answer(Place from, String url) throws IOException {
        String answer = curl(from, url).orFail();
        assertThat(answer).startsWith("HTTP/1.1 200");
        return answer;
    }

    /** What crosses the link of the client's node while it asks for the page. */
    private List<Segment> captured(IpFamily family, String path) throws IOException {
        try (Capture capture = Capture.on(mesh.node("node2"))) {
            assertThat(answer(client(), url(page().address(family), path)))
                    .as("the client as the application sees it")
                    .containsIgnoringCase(
                            "x-client-address: " + client().address(family).getHostAddress());
            return capture.end();
        }
    }

    @Test
    @Order(1)
    void outsideTheMeshRequestsAreOnTheLinkInPlainText() throws Exception {
        for (IpFamily family : families) {
            String marker = UUID.randomUUID().toString();
            assertThat(captured(family, "/health?" + marker))
                    .as(family.text())
                    .anyMatch(segment -> segment.contains(marker));
        }
        answer(client(), "http://productpage.bookinfo:9080/health");
    }

    @Test
    @Order(2)
    void enrolledPodsTalkInTunnelsOnly() throws Exception {
        mesh.manifests()
                .label(
                        "namespaces.yaml",
                        "istio.io/dataplane-mode",
                        "ambient",
                        "bookinfo",
                        "client");
        mesh.awaitCaptured("bookinfo", "client");
        mesh.awaitConfig("node2", "workloads", "bookinfo +productpage.* HBONE");
        for (IpFamily family : families) {
            String marker = UUID.randomUUID().toString();
            List<Segment> segments = captured(family, "/health?" + marker);
            assertThat(segments)
                    .as(family.text())
                    .noneMatch(segment -> segment.contains(marker))
                    .noneMatch(segment -> segment.touches(APP))
                    .anyMatch(segment -> segment.touches(HBONE) && segment.isTlsRecord());
        }
    }

    @Test
    @Order(3)
    void bothAccessLogsHaveBothIdentities() throws Exception {
        for (String node : List.of("node1", "node2")) {
            int seen = mesh.log(node).size();
            answer(client(), "http://productpage.bookinfo:9080/health");
            String direction = node.equals("node1") ? "inbound" : "outbound";
            String line =
                    mesh.awaitLine(
                            node, seen, text -> text.contains("direction=\"" + direction + "\""));
            assertThat(line)
                    .contains("src.identity=\"" + CURL_ID + "\"")
                    .contains("dst.identity=\"" + PAGE_ID + "\"");
        }
    }

    @Test
    @Order(4)
    void clientsOutsideTheMeshStillReachThoseInside() throws Exception {
        Place legacy = mesh.pod("curl.legacy");
        int seen = mesh.log("node1").size();
        for (IpFamily family : families) {
            answer(legacy, url(page().address(family), "/health"));
        }
        assertThat(mesh.awaitLine("node1", seen, line -> line.contains("\"legacy\"")))
                .contains("direction=\"inbound\"")
                .doesNotContain("src.identity");
    }

    @Test
    @Order(5)
    void everyServiceOfTheNamespaceHasItsWaypoint() throws Exception {
        mesh.manifests().write("waypoint.yaml", Files.readString(WAYPOINT));
        mesh.manifests().label("namespaces.yaml", "istio.io/use-waypoint", "waypoint", "bookinfo");
        mesh.awaitConfig("node1", "services", "bookinfo +reviews +\\S+ +waypoint +3/3");
        mesh.awaitConfig("node1", "services", "bookinfo +waypoint +\\S+ +None +1/1");
        String table = mesh.config("node1", "services");
        assertThat(table.lines())
                .anyMatch(row -> row.matches("istio-system +istiod +\\S+ +None +1/1"))
                .filteredOn(row -> row.startsWith("bookinfo ") && !row.contains(" None "))
                .hasSize(10)
                .allMatch(row -> row.contains(" waypoint "));
        if (families.getFirst() == IpFamily.IPV4) {
            for (Path golden : Golden.files("istioctl/services.txt")) {
                assertThat(table.strip()).isEqualTo(Files.readString(golden).strip());
            }
        }
    }

    @Test
    @Order(6)
    void theWaypointSeesTheRequestAndWhoSentIt() throws Exception {
        mesh.awaitConfig("node2", "services", "bookinfo +productpage +\\S+ +waypoint +1/1");
        String waypoint = waypoint();
        for (IpFamily family : families) {
            int seen = mesh.log(waypoint).size();
            Command.Result asked =
                    client().run(
                                    "curl",
                                    "-sS",
                                    "-m",
                                    "30",
                                    family == IpFamily.IPV4 ? "-4" : "-6",
                                    "http://productpage.bookinfo:9080/productpage");
            if (families.getFirst() == family) {
                assertThat(asked.orFail()).contains("William Shakespeare").contains("Reviewer1");
                assertThat(mesh.awaitLine(waypoint, seen, line -> line.contains("/productpage")))
                        .contains(CURL_ID)
                        .contains("200");
            }
        }
    }

    /** The name of its log. */
    private String waypoint() throws IOException {
        return mesh.entries("pods").stream()
                .filter(pod -> "waypoint".equals(pod.get("program")))
                .map(pod -> pod.get("name") + "." + pod.get("namespace"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Order(7)
    void aDenialMeetsNewAndOpenConnectionsAlike() throws Exception {
        for (IpFamily family : families) {
            InetSocketAddress address = new InetSocketAddress(page().address(family), APP);
            try (KeptConnection open = KeptConnection.open(client(), address)) {
                assertThat(open.get("/health")).startsWith("HTTP/1.1 200");
                int seen = mesh.log("node1").size();
                mesh.manifests().write("deny.yaml", DENY);
                assertThat(open.isCutWithin(Mesh.LIMIT)).as("the open connection is cut").isTrue();
                mesh.awaitLine("node1", seen, line -> line.contains("due to policy change"));
                mesh.awaitLine(
                        "node1",
                        seen,
                        line ->
                                line.contains("a policy change closes")
                                        && line.contains("bookinfo/deny-curl"));
                assertThat(curl(client(), url(page().address(family), "/health")).status())
                        .as("exit status of curl")
                        .isNotZero();
                assertThat(mesh.awaitLine("node1", seen, line -> line.contains("policy rejection")))
                        .contains("bookinfo/deny-curl")
                        .contains(CURL_ID);
            } finally {
                mesh.manifests().remove("deny.yaml");
            }
            awaitAllowed(family);
        }
    }

    private void awaitAllowed(IpFamily family) {
        Mesh.awaitTrue(
                "traffic is allowed",
                () -> curl(client(), url(page().address(family), "/health")).status() == 0);
    }

    @Test
    @Order(8)
    void trafficOutlivesTheControlPlaneAndUpdatesFlowWhenItIsBack() throws Exception {
        IpFamily family = families.getFirst();
        String url = url(page().address(family), "/health");
        mesh.control().controlPlane(false);
        try {
            Mesh.awaitTrue("istiod is gone", () -> mesh.pod("istiod.istio-system").process() == 0);
            mesh.manifests().write("deny.yaml", DENY);
            answer(client(), url);
            answer(client(), "http://reviews.bookinfo:9080/health");
        } finally {
            mesh.control().controlPlane(true);
        }
        Mesh.awaitTrue("the policy is in force", () -> curl(client(), url).status() != 0);
        mesh.manifests().remove("deny.yaml");
        awaitAllowed(family);
    }

    @Test
    @Order(9)
    void nothingIsLeftOfIt() throws Exception {
        Machine before = Objects.requireNonNull(walk).before();
        List<ProcessIdentity> processes = new ArrayList<>();
        for (long pid : mesh.processes()) {
            ProcessIdentity.of(pid).ifPresent(processes::add);
        }
        assertThat(processes).hasSizeGreaterThan(8);
        takeDown();
        assertThat(Machine.traces(mesh)).isEmpty();
        assertThat(Machine.processes(mesh)).isEmpty();
        for (ProcessIdentity process : processes) {
            assertThat(process.isAlive()).as("process %d runs", process.pid()).isFalse();
        }
        assertThat(Machine.now()).isEqualTo(before);
    }
}
