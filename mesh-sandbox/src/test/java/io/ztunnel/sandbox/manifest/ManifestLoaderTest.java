package io.ztunnel.sandbox.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ManifestLoaderTest {
    private static final String GOOD =
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: good}
            """;

    @Test
    void filesAreReadRecursivelyInOrderAndListsUnpacked(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("sub"));
        Files.writeString(folder.resolve("b.yml"), GOOD.replace("good", "b"));
        Files.writeString(
                folder.resolve("a.yaml"),
                """
                # comment only
                ---
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: Namespace, metadata: {name: one}}
                - apiVersion: v1
                  kind: ServiceAccount
                  metadata: {name: two}
                """);
        Files.writeString(
                folder.resolve("sub/c.json"),
                """
                {
                \t"apiVersion": "v1",
                \t"kind": "Node", "metadata": {"name": "n"}}
                """);
        Files.writeString(folder.resolve("notes.txt"), "not a manifest");
        Files.writeString(folder.resolve(".a.yaml.swp.yaml"), "{{{");

        ManifestSet set = ManifestLoader.load(folder);

        assertThat(set.problems()).isEmpty();
        assertThat(set.objects())
                .extracting(o -> o.key() + " " + o.origin())
                .containsExactly(
                        "Namespace/one a.yaml:6",
                        "ServiceAccount/default/two a.yaml:7",
                        "Namespace/b b.yml:1",
                        "Node/n sub/c.json:1");
    }

    @Test
    void aBrokenDocumentCostsItsNeighboursNothing() {
        String yaml =
                GOOD
                        + "---\nkind: [unclosed\n"
                        + "---\n"
                        + GOOD.replace("good", "after")
                        + "---\njust text\n---\napiVersion: v1\nkind: Pod\n";

        ManifestSet set = ManifestLoader.parse("f.yaml", yaml);

        assertThat(set.objects()).extracting(KubeObject::name).containsExactly("good", "after");
        assertThat(set.problems()).extracting(Problem::line).containsExactly(6, 11, 13, 13);
        assertThat(set.problems().getFirst().toString()).startsWith("error: f.yaml:6: not YAML: ");
        assertThat(set.problems().get(2).toString())
                .isEqualTo("error: f.yaml:13: metadata: is missing");
    }

    @Test
    void anchorsThatGrowWithoutBoundAreRefusedAtOnce() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            String last = "*a" + (i - 1);
            bomb.append(
                    "a%d: &a%d [%s]\n"
                            .formatted(
                                    i,
                                    i,
                                    String.join(", ", java.util.Collections.nCopies(10, last))));
        }

        ManifestSet set = ManifestLoader.parse("bomb.yaml", bomb + "---\n" + GOOD);

        assertThat(set.objects()).hasSize(1);
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("more than 100000 values"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: &a [*a]",
                "a: *missing",
                "a: 1\na: 2",
                "? [complex]\n: key",
                "a: !!binary aGVsbG8=",
                "a: !java.net.URL http://x",
                "a: 99999999999999999999",
                "<<: 3"
            })
    void whatAManifestMayNotHoldIsAProblemWithItsLine(String yaml) {
        ManifestSet set = ManifestLoader.parse("f.yaml", "# first line\n" + yaml);

        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.line()).isGreaterThanOrEqualTo(2));
    }

    @Test
    void nestingIsBounded() {
        ManifestSet set =
                ManifestLoader.parse("deep.yaml", "a: " + "[".repeat(50_000) + "\n---\n" + GOOD);

        assertThat(set.objects()).hasSize(1);
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("deeper than 64"));
    }

    @Test
    void anchorsAndMergesWork() {
        ManifestSet set =
                ManifestLoader.parse(
                        "f.yaml",
                        """
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: p, labels: &l {a: x, b: y}}
                        spec:
                          containers: [{name: c}]
                          nodeSelector: {<<: *l, b: own}
                        """);

        assertThat(set.problems()).isEmpty();
        assertThat(set.objects().getFirst().spec().stringMap("nodeSelector"))
                .containsEntry("a", "x")
                .containsEntry("b", "own")
                .hasSize(2);
    }

    @Test
    void aDuplicateNamesBothPlacesAndTheFirstStays() {
        ManifestSet set =
                ManifestLoader.parse(
                        "f.yaml",
                        GOOD
                                + "---\n"
                                + GOOD.replace("{name: good}", "{name: good, labels: {a: b}}"));

        assertThat(set.objects()).singleElement().satisfies(o -> assertThat(o.labels()).isEmpty());
        assertThat(set.problems())
                .singleElement()
                .satisfies(
                        p ->
                                assertThat(p.toString())
                                        .contains("f.yaml:5", "Namespace/good", "f.yaml:1"));
    }

    @Test
    void kindsThatNobodyUsesAreReportedOnce() {
        String map = "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\n---\n";

        ManifestSet set =
                ManifestLoader.parse("f.yaml", map.formatted("a") + map.formatted("b") + GOOD);

        assertThat(set.objects()).hasSize(1);
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.severity()).isEqualTo(Problem.Severity.WARNING))
                .satisfies(p -> assertThat(p.reason()).contains("v1 Secret"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "gateway.networking.k8s.io/v1 Gateway | {gatewayClassName: istio-waypoint} |"
                        + " spec.listeners | at least one listener",
                "gateway.networking.k8s.io/v1 Gateway | {listeners: [{name: m, port: 15008,"
                        + " protocol: HBONE}]} | spec.gatewayClassName | is missing",
                "gateway.networking.k8s.io/v1 Gateway | {gatewayClassName: c, listeners: [{name: m,"
                        + " port: 0, protocol: HBONE}]} | spec.listeners[0].port | 1..65535",
                "gateway.networking.k8s.io/v1beta1 Gateway | {gatewayClassName: c, listeners:"
                    + " [{name: m, port: 1, protocol: H, allowedRoutes: {namespaces: {from:"
                    + " Some}}}]} | spec.listeners[0].allowedRoutes.namespaces.from | not one of",
                "v1 Service | {ports: [{port: http}]} | spec.ports[0].port | 1..65535",
                "v1 Service | {ports: [{port: 80}, {port: 81}]} | spec.ports[0].name | needs a"
                        + " name",
                "v1 Service | {clusterIP: '10.4', ports: [{port: 80}]} | spec.clusterIP | not an IP"
                        + " address",
                "v1 Service | {selector: {version: 1}, ports: [{port: 80}]} | spec.selector.version"
                        + " | quote it",
                "v1 Service | {} | spec.ports | at least one port",
                "v1 Pod | {} | spec.containers | at least one container",
                "v1 Pod | {containers: [{name: c, ports: [{containerPort: 70000}]}]} |"
                        + " spec.containers[0].ports[0].containerPort | 70000",
                "apps/v1 Deployment | {selector: {matchLabels: {a: b}}, template: {metadata:"
                        + " {labels: {a: c}}, spec: {containers: [{name: c}]}}} |"
                        + " spec.template.metadata.labels | spec.selector",
                "security.istio.io/v1 AuthorizationPolicy | {action: REFUSE} | spec.action |"
                        + " REFUSE",
                "security.istio.io/v1 AuthorizationPolicy | {rules: [{from: [{source: {principals:"
                        + " p}}]}]} | spec.rules[0].from[0].source.principals | a list",
                "security.istio.io/v1beta1 PeerAuthentication | {mtls: {mode: strict}} |"
                        + " spec.mtls.mode | strict",
                "security.istio.io/v1 PeerAuthentication | {portLevelMtls: {http: {mode: STRICT}}}"
                        + " | spec.portLevelMtls.http | port number",
                "security.istio.io/v1 AuthorizationPolicy | {targetRefs: [{kind: Service}]} |"
                        + " spec.targetRefs[0].name | is missing",
                "networking.istio.io/v1 ServiceEntry | {} | spec.hosts | at least one host",
                "networking.istio.io/v1 ServiceEntry | {hosts: ['*']} | spec.hosts[0] | not a host"
                        + " name",
                "networking.istio.io/v1 ServiceEntry | {hosts: [a.b], addresses: [10.0.0.0/x]} |"
                        + " spec.addresses[0] | CIDR",
                "networking.istio.io/v1 ServiceEntry | {hosts: [a.b], resolution: STATICAL} |"
                        + " spec.resolution | not one of",
                "networking.istio.io/v1beta1 ServiceEntry | {hosts: [a.b], ports: [{number: 80,"
                        + " name: a}, {number: 80, name: b}]} | spec.ports[1].number | twice",
                "networking.istio.io/v1 ServiceEntry | {hosts: [a.b], workloadSelector: {labels:"
                        + " {a: b}}, endpoints: [{address: 1.1.1.1}]} | spec.endpoints | not both",
                "networking.istio.io/v1 ServiceEntry | {hosts: [a.b], endpoints: [{address:"
                        + " 1.1.1.1, ports: {http: 0}}]} | spec.endpoints[0].ports.http |"
                        + " 1..65535",
                "networking.istio.io/v1alpha3 WorkloadEntry | {labels: {a: b}} | spec.address | is"
                        + " missing",
                "networking.istio.io/v1 WorkloadEntry | {address: 1.1.1.1, weight: -1} |"
                        + " spec.weight | whole number"
            })
    void fieldsThatAreUsedAreChecked(String type, String spec, String field, String reason) {
        String[] versionAndKind = type.split(" ", 2);
        ManifestSet set =
                ManifestLoader.parse(
                        "f.yaml",
                        "apiVersion: %s\nkind: %s\nmetadata: {name: x}\nspec: %s\n"
                                .formatted(versionAndKind[0], versionAndKind[1], spec));

        assertThat(set.objects()).isEmpty();
        assertThat(set.problems())
                .anySatisfy(
                        p -> {
                            assertThat(p.field()).isEqualTo(field);
                            assertThat(p.reason()).contains(reason);
                            assertThat(p.line()).isBetween(3, 4);
                        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | addressType | is missing",
                "addressType: IPX | addressType | not one of",
                "{addressType: IPv4, endpoints: [{}]} | endpoints[0].addresses | at least one",
                "{addressType: IPv4, endpoints: [{addresses: [a.b]}]} | endpoints[0].addresses[0]"
                        + " | not an IP address",
                "{addressType: IPv4, ports: [{port: 0}]} | ports[0].port | 1..65535"
            })
    void slicesHaveTheirFieldsAtTheTop(String fields, String field, String reason) {
        String body = fields.replaceAll("^\\{|}$", "");
        ManifestSet set =
                ManifestLoader.parse(
                        "f.yaml",
                        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name:"
                                + " x}, "
                                + body
                                + "}");

        assertThat(set.objects()).isEmpty();
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.field()).isEqualTo(field))
                .satisfies(p -> assertThat(p.reason()).contains(reason));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../etc", "a/b", "A", "a_b", "-a", "x y"})
    void namesThatAreNoneAreRefused(String name) {
        ManifestSet set = ManifestLoader.parse("f.yaml", GOOD.replace("good", "'" + name + "'"));

        assertThat(set.objects()).isEmpty();
        assertThat(set.problems())
                .singleElement()
                .extracting(Problem::field)
                .isEqualTo("metadata.name");
    }

    @Test
    void filesThatAreNoTextAreProblemsOfTheirOwn(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        Files.write(folder.resolve("huge.yaml"), new byte[(4 << 20) + 1]);
        Files.writeString(folder.resolve("good.yaml"), "\ufeff" + GOOD);

        ManifestSet set = ManifestLoader.load(folder);

        assertThat(set.objects()).hasSize(1);
        assertThat(set.problems())
                .extracting(Problem::toString)
                .containsExactly(
                        "error: binary.yaml: not UTF-8", "error: huge.yaml: larger than 4 MiB");
    }

    @ParameterizedTest
    @CsvSource({
        "'', true",
        "'matchLabels: {a: x}', true",
        "'matchLabels: {a: y}', false",
        "'matchExpressions: [{key: a, operator: In, values: [x, z]}]', true",
        "'matchExpressions: [{key: a, operator: NotIn, values: [x]}]', false",
        "'matchExpressions: [{key: b, operator: NotIn, values: [x]}]', true",
        "'matchExpressions: [{key: a, operator: Exists}]', true",
        "'matchExpressions: [{key: b, operator: Exists}]', false",
        "'matchExpressions: [{key: b, operator: DoesNotExist}]', true",
        "'matchExpressions: [{key: a, operator: Near, values: [x]}]', false",
        "'matchExpressions: [{key: b, operator: NotIn}]', false",
        "'matchLabels: {a: x}, matchExpressions: [{key: a, operator: DoesNotExist}]', false"
    })
    void labelSelectors(String selector, boolean expected) {
        YamlReader.Result result = YamlReader.read("{" + selector + "}").getFirst();
        assertThat(result).isInstanceOf(YamlReader.Result.Good.class);
        Tree tree =
                result instanceof YamlReader.Result.Good good
                                && good.document().value() instanceof java.util.Map<?, ?> map
                        ? new Tree(TreeEditor.frozen(map))
                        : Tree.EMPTY;

        assertThat(LabelSelector.of(tree).matches(java.util.Map.of("a", "x"))).isEqualTo(expected);
    }
}
