package io.ztunnel.sandbox.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.sandbox.ambient.Condition;
import io.ztunnel.sandbox.ambient.IndexReport;
import io.ztunnel.sandbox.ambient.RouteParent;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.Tree;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the verbs do to the manifests, without a sandbox that watches them. */
class KubeVerbsTest {
    private static final String NAMESPACE =
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: bookinfo
            """;
    private static final String SERVICE =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: bookinfo}
            spec: {selector: {app: reviews}, ports: [{port: 9080, name: http}]}
            """;
    private static final ObjectName BOOKINFO = new ObjectName("", "Namespace", "", "bookinfo");
    private static final ObjectName REVIEWS = new ObjectName("", "Service", "bookinfo", "reviews");
    private static final ObjectName POD = new ObjectName("", "Pod", "bookinfo", "reviews-x");

    @TempDir Path manifests;
    @TempDir Path state;
    private LiveObjects live = LiveObjects.of(Path.of("/"), Path.of("/"));

    @BeforeEach
    void write() throws IOException {
        live = LiveObjects.of(manifests, state);
        Files.writeString(manifests.resolve("a.yaml"), NAMESPACE + SERVICE);
        Files.writeString(
                state.resolve("objects.yaml"),
                NAMESPACE
                        + SERVICE
                        + """
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: reviews-x, namespace: bookinfo, uid: u, labels: {app: reviews}}
                        spec: {containers: [{name: c}], nodeName: node1}
                        status: {phase: Running, podIP: 10.0.0.1}
                        """);
    }

    private List<String> label(ObjectName name, boolean overwrite, String... changes)
            throws IOException {
        return MetadataVerb.change(
                live, MetadataChange.of("labels", List.of(changes), overwrite), List.of(name));
    }

    private KubeObject written(String name) {
        return ManifestLoader.load(manifests).objects().stream()
                .filter(object -> object.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<String> apply(String yaml, String namespace) throws IOException {
        InputStream in = new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8));
        return AppliedDocuments.read(List.of("-"), in, namespace).apply(live);
    }

    @Test
    void labelsAreSetReplacedOnlyWhenAskedAndRemoved() throws IOException {
        String key = "istio.io/use-waypoint";

        assertThat(label(BOOKINFO, false, key + "=waypoint"))
                .containsExactly("namespace/bookinfo labeled");
        assertThat(label(BOOKINFO, false, key + "=waypoint"))
                .containsExactly("namespace/bookinfo not labeled");
        assertThatThrownBy(() -> label(BOOKINFO, false, key + "=other"))
                .hasMessage(
                        "'istio.io/use-waypoint' already has a value (waypoint), and --overwrite"
                                + " is false");
        assertThat(label(BOOKINFO, true, key + "=other", "x=y"))
                .containsExactly("namespace/bookinfo labeled");
        assertThat(written("bookinfo").labels())
                .containsEntry(key, "other")
                .containsEntry("x", "y");
        assertThat(label(BOOKINFO, false, key + "-"))
                .containsExactly("namespace/bookinfo unlabeled");
        assertThat(written("bookinfo").labels()).containsOnlyKeys("x");
        assertThat(Files.readString(manifests.resolve("a.yaml"))).endsWith(SERVICE);
    }

    @Test
    void annotationsLikewise() throws IOException {
        String key = "networking.istio.io/traffic-distribution";

        assertThat(
                        MetadataVerb.change(
                                live,
                                MetadataChange.of(
                                        "annotations", List.of(key + "=PreferClose"), false),
                                List.of(REVIEWS)))
                .containsExactly("service/reviews annotated");
        assertThat(written("reviews").annotations()).containsEntry(key, "PreferClose");
    }

    @Test
    void whatTheSandboxWouldRefuseIsNotWritten() throws IOException {
        String before = Files.readString(manifests.resolve("a.yaml"));

        assertThatThrownBy(() -> label(REVIEWS, false, "a=not a value"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metadata.labels.a")
                .hasMessageContaining("not a label value");
        assertThat(manifests.resolve("a.yaml")).hasContent(before);
    }

    @Test
    void aPodThatTheSandboxMadeIsWrittenDownToBeLabelled() throws IOException {
        assertThat(label(POD, false, "istio.io/use-waypoint=waypoint"))
                .containsExactly("pod/reviews-x labeled");

        KubeObject pod = written("reviews-x");
        assertThat(pod.labels()).containsKeys("app", "istio.io/use-waypoint");
        assertThat(pod.spec().text("nodeName")).isEqualTo("node1");
        assertThat(pod.status().fields()).isEmpty();
        assertThat(pod.tree().has("metadata", "uid")).isFalse();
    }

    @Test
    void aSelectorChoosesWhatIsChanged() throws IOException {
        KubeTarget target = new KubeTarget();

        assertThat(MetadataVerb.selected(target, live, List.of("pods"), Map.of("app", "reviews")))
                .as("in namespace default")
                .isEmpty();
        assertThat(MetadataVerb.selected(target, live, List.of("ns"), Map.of()))
                .containsExactly(BOOKINFO);
        assertThat(MetadataVerb.selected(target, live, List.of("ns"), Map.of("a", "b"))).isEmpty();
        assertThatThrownBy(
                        () ->
                                MetadataVerb.selected(
                                        target, live, List.of("ns", "bookinfo"), Map.of("a", "b")))
                .hasMessageContaining("no object");
    }

    @Test
    void aRouteIsShownWithWhatBecameOfItAtItsParents() throws IOException {
        String route =
                """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: reviews, namespace: bookinfo}
                spec: {parentRefs: [{kind: Service, group: '', name: reviews}]}
                """;
        Files.writeString(state.resolve("objects.yaml"), NAMESPACE + SERVICE + route);
        ObjectKey key = new ObjectKey(Kind.HTTP_ROUTE, "bookinfo", "reviews");
        List<RouteParent> parents =
                List.of(
                        new RouteParent(
                                key,
                                Tree.EMPTY.edit().set("reviews", "name").build(),
                                List.of(
                                        new Condition(key, "Accepted", true, "Accepted", ""),
                                        new Condition(key, "ResolvedRefs", false, "Bad", "why"))));
        Files.writeString(
                state.resolve(IndexReport.FILE), IndexReport.toJson(List.of(), parents, List.of()));

        KubeObject shown =
                live.current(
                                new ObjectName(
                                        "gateway.networking.k8s.io",
                                        "HTTPRoute",
                                        "bookinfo",
                                        "reviews"))
                        .orElseThrow();

        Tree parent = shown.status().trees("parents").getFirst();
        assertThat(parent.text("parentRef", "name")).isEqualTo("reviews");
        assertThat(parent.text("controllerName")).isEqualTo("istio.io/gateway-controller");
        assertThat(parent.trees("conditions"))
                .extracting(c -> c.text("type") + "=" + c.text("status"))
                .containsExactly("Accepted=True", "ResolvedRefs=False");
        assertThat(new Mesh(IndexReport.of(List.of(), parents, List.of())).unmet())
                .containsExactly("HTTPRoute/bookinfo/reviews: ResolvedRefs is False, Bad: why");
    }

    @Test
    void aWaypointIsAppliedAndItsNamespaceEnrolled() throws IOException {
        WaypointGateway gateway = new WaypointGateway("bookinfo", "waypoint", "service");

        assertThat(WaypointCommand.apply(live, gateway, true, false))
                .containsExactly(
                        "waypoint bookinfo/waypoint applied",
                        "namespace bookinfo labeled with \"istio.io/use-waypoint: waypoint\"");
        assertThat(written("bookinfo").labels()).containsEntry("istio.io/use-waypoint", "waypoint");
        assertThat(written("waypoint").labels()).containsEntry("istio.io/waypoint-for", "service");
        assertThat(written("waypoint").spec().trees("listeners").getFirst().text("protocol"))
                .isEqualTo("HBONE");

        WaypointGateway other = new WaypointGateway("bookinfo", "other", "");
        assertThatThrownBy(() -> WaypointCommand.apply(live, other, true, false))
                .hasMessageContaining("already has a value (waypoint)");
        assertThat(live.folder().find(other.object())).as("nothing of it is done").isEmpty();
        assertThat(WaypointCommand.apply(live, other, false, false))
                .containsExactly("waypoint bookinfo/other applied");
        assertThatThrownBy(() -> new WaypointGateway("bookinfo", "w", "everything"))
                .hasMessageContaining("Valid options are: service, workload, all, none");
    }

    @Test
    void whatIsNowhereIsNotFound() {
        assertThatThrownBy(() -> label(new ObjectName("", "Service", "x", "no"), false, "a=b"))
                .hasMessage("Error from server (NotFound): services \"no\" not found");
    }

    @Test
    void appliedObjectsAreCreatedConfiguredOrUnchanged() throws IOException {
        String gateway =
                """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: waypoint, namespace: bookinfo}
                spec:
                  gatewayClassName: istio-waypoint
                  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: reviews, namespace: bookinfo}
                spec: {parentRefs: [{kind: Service, group: '', name: reviews, port: 9080}]}
                """;

        assertThat(apply(gateway + SERVICE.replace("9080", "9081"), "default"))
                .containsExactly(
                        "gateway.gateway.networking.k8s.io/waypoint created",
                        "httproute.gateway.networking.k8s.io/reviews created",
                        "service/reviews configured");
        assertThat(apply(gateway + SERVICE.replace("9080", "9081"), "default"))
                .allMatch(line -> line.endsWith(" unchanged"));
        assertThat(Files.readString(manifests.resolve("a.yaml"))).contains("9081");
        assertThat(live.folder().names())
                .contains(
                        new ObjectName(
                                "gateway.networking.k8s.io", "HTTPRoute", "bookinfo", "reviews"));
    }

    @Test
    void applyingAgainKeepsLabelsThatWereSetMeanwhile() throws IOException {
        label(BOOKINFO, false, "istio.io/use-waypoint=waypoint");

        assertThat(apply(NAMESPACE, "default")).containsExactly("namespace/bookinfo unchanged");
        assertThat(written("bookinfo").labels()).containsKey("istio.io/use-waypoint");
    }

    @Test
    void theNamespaceOfTheCommandIsThatOfObjectsWithout() throws IOException {
        String service = SERVICE.replace(", namespace: bookinfo", "");

        assertThat(apply(service, "bookinfo")).containsExactly("service/reviews unchanged");
        assertThat(apply(service, "other")).containsExactly("service/reviews created");
        assertThat(ManifestLoader.load(manifests).objects())
                .extracting(o -> o.key().toString())
                .contains("Service/other/reviews", "Service/bookinfo/reviews");
    }

    @Test
    void oneBadObjectAndNothingIsApplied() {
        assertThatThrownBy(
                        () ->
                                apply(
                                        NAMESPACE.replace("bookinfo", "new")
                                                + SERVICE.replace("port: 9080", "port: http"),
                                        "default"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("STDIN:")
                .hasMessageContaining("spec.ports[0].port");
        assertThat(ManifestLoader.load(manifests).objects()).hasSize(2);
    }

    @Test
    void aDeletedNamespaceTakesAllItHoldsAndWhatIsMadeStays() throws IOException {
        assertThatThrownBy(() -> DeleteCommand.delete(live, List.of(POD), false))
                .hasMessageContaining("the sandbox makes it");
        assertThatThrownBy(
                        () ->
                                DeleteCommand.delete(
                                        live,
                                        List.of(new ObjectName("", "Service", "bookinfo", "no")),
                                        false))
                .hasMessageContaining("NotFound");
        assertThat(
                        DeleteCommand.delete(
                                live,
                                List.of(new ObjectName("", "Service", "bookinfo", "no")),
                                true))
                .isEmpty();
        assertThat(DeleteCommand.delete(live, List.of(BOOKINFO), false))
                .containsExactly("namespace \"bookinfo\" deleted");
        assertThat(ManifestLoader.load(manifests).objects()).isEmpty();
    }

    @Test
    void objectsAreShownWithTheConditionsOfTheControlPlane() throws IOException {
        Files.writeString(
                state.resolve(IndexReport.FILE),
                IndexReport.toJson(
                        List.of(
                                new Condition(
                                        new ObjectKey(Kind.SERVICE, "bookinfo", "reviews"),
                                        "istio.io/WaypointBound",
                                        false,
                                        "AttachmentDenied",
                                        "why")),
                        List.of(),
                        List.of()));
        List<KubeObject> service = List.of(live.current(REVIEWS).orElseThrow());
        var type = KubeTarget.type("svc");

        assertThat(ObjectsFormat.yaml.print(type, service, false, false))
                .startsWith("apiVersion: v1\nkind: Service\n")
                .contains("- type: istio.io/WaypointBound\n    status: 'False'\n")
                .contains("reason: AttachmentDenied");
        assertThat(ObjectsFormat.json.print(type, service, false, false))
                .contains("\"reason\" : \"AttachmentDenied\"");
        assertThat(ObjectsFormat.name.print(type, service, false, false))
                .isEqualTo("service/reviews\n");
        assertThat(ObjectsFormat.table.print(type, service, true, true))
                .isEqualTo(
                        """
                        NAMESPACE  NAME     TYPE    CLUSTER-IP  PORT(S)   LABELS
                        bookinfo   reviews  <none>  <none>      9080/TCP  <none>
                        """);
        assertThat(
                        ObjectsFormat.wide.print(
                                KubeTarget.type("pods"),
                                List.of(live.current(POD).orElseThrow()),
                                false,
                                false))
                .isEqualTo(
                        """
                        NAME       READY  STATUS   IP        NODE
                        reviews-x  0/1    Running  10.0.0.1  node1
                        """);
    }

    @Test
    void namesAreGivenByTypeOrWithIt() {
        KubeTarget target = new KubeTarget();

        assertThat(target.names(List.of("ns", "a", "b")))
                .containsExactly(
                        new ObjectName("", "Namespace", "", "a"),
                        new ObjectName("", "Namespace", "", "b"));
        assertThat(target.names(List.of("svc/a", "po/b")))
                .containsExactly(
                        new ObjectName("", "Service", "default", "a"),
                        new ObjectName("", "Pod", "default", "b"));
        assertThat(target.names(List.of("services"))).isEmpty();
        assertThatThrownBy(() -> target.names(List.of("nothing", "a")))
                .hasMessageContaining("doesn't have a resource type \"nothing\"");
        assertThatThrownBy(() -> target.names(List.of("svc/a", "b")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void conditionsThatAreFalseAreLinesOfTheStatus() {
        Mesh mesh =
                new Mesh(
                        IndexReport.of(
                                List.of(
                                        new Condition(
                                                new ObjectKey(Kind.SERVICE, "ns", "a"),
                                                "istio.io/WaypointBound",
                                                false,
                                                "WaypointIsNotReady",
                                                "why"),
                                        new Condition(
                                                new ObjectKey(Kind.SERVICE, "ns", "b"),
                                                "istio.io/WaypointBound",
                                                true,
                                                "WaypointAccepted",
                                                "")),
                                List.of(),
                                List.of()));

        assertThat(mesh.unmet())
                .containsExactly(
                        "Service/ns/a: istio.io/WaypointBound is False, WaypointIsNotReady: why");
    }
}
