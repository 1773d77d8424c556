package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Problem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

class MeshConfigTest {
    private static String map(String name, String mesh) {
        return """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s, namespace: istio-system}
        data:
          mesh: |
        %s
        """
                .formatted(name, mesh.indent(4));
    }

    private static MeshSettings read(String yaml) {
        List<Problem> problems = new ArrayList<>();
        MeshSettings settings =
                MeshConfig.read(MeshSettings.DEFAULT, Mesh.of(yaml).objects(), problems::add);
        assertThat(problems).isEmpty();
        return settings;
    }

    @Test
    void whatItSaysReplacesTheDefaultsAndNothingElse() {
        MeshSettings settings =
                read(
                        map(
                                "istio",
                                """
                                accessLogFile: /dev/stdout
                                trustDomain: cluster.local
                                rootNamespace: root
                                discoverySelectors:
                                - matchLabels: {istio-discovery: enabled}
                                serviceEntryVisibility:
                                  defaultVisibility: NAMESPACE
                                  policies:
                                  - visibility: PUBLIC
                                    matchingRules:
                                    - namespaceSelector: {matchLabels: {team: a}}
                                  - visibility: NONE
                                    matchingRules: [{hostnameSuffix: x}]
                                """));

        assertThat(settings.rootNamespace()).isEqualTo("root");
        assertThat(settings.systemNamespace()).isEqualTo("istio-system");
        assertThat(settings.discoverySelectors())
                .singleElement()
                .satisfies(
                        s ->
                                assertThat(
                                                s.matches(
                                                        java.util.Map.of(
                                                                "istio-discovery", "enabled")))
                                        .isTrue());
        assertThat(settings.serviceEntryVisibility().configured()).isTrue();
        assertThat(settings.serviceEntryVisibility().in(java.util.Map.of("team", "a")))
                .isEqualTo(ServiceEntryVisibility.Visibility.PUBLIC);
        assertThat(settings.serviceEntryVisibility().in(java.util.Map.of()))
                .isEqualTo(ServiceEntryVisibility.Visibility.NAMESPACE);
        assertThat(settings.features()).isEqualTo(Features.DEFAULT);
    }

    @Test
    void withoutOneOrUnderAnotherNameTheDefaultsHold() {
        assertThat(read("")).isEqualTo(MeshSettings.DEFAULT);
        assertThat(read(map("other", "rootNamespace: x"))).isEqualTo(MeshSettings.DEFAULT);
        assertThat(
                        read(
                                map("istio", "rootNamespace: x")
                                        .replace("namespace: istio-system", "namespace: ns")))
                .isEqualTo(MeshSettings.DEFAULT);
    }

    @Test
    void anotherTrustDomainIsPassedOverAndSaid() {
        List<Problem> problems = new ArrayList<>();

        MeshSettings settings =
                MeshConfig.read(
                        MeshSettings.DEFAULT,
                        Mesh.of(map("istio", "trustDomain: td.example")).objects(),
                        problems::add);

        assertThat(settings).isEqualTo(MeshSettings.DEFAULT);
        assertThat(problems)
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("td.example"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'discoverySelectors: [{matchExpressions: [{key: a, operator: Near}]}]' | line 1:"
                        + " discoverySelectors[0].matchExpressions[0].operator: \"Near\" is not one"
                        + " of",
                "'discoverySelectors: {matchLabels: {}}' | line 1: discoverySelectors: expected a"
                        + " list",
                "'rootNamespace: [x]' | line 1: rootNamespace: expected a string",
                "'serviceEntryVisibility: {defaultVisibility: ALL}' | defaultVisibility: \"ALL\" is"
                        + " not one of",
                "'[' | not YAML",
                "text | expected a mapping"
            })
    void whatIsWrongWithItIsAProblemOfItsField(String mesh, String reason) {
        ManifestSet set = ManifestLoader.parse("istio.yaml", map("istio", mesh));

        assertThat(set.objects()).isEmpty();
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.field()).isEqualTo("data.mesh"))
                .satisfies(p -> assertThat(p.line()).isEqualTo(5))
                .satisfies(p -> assertThat(p.reason()).contains(reason));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: 'false'} | istiod | false",
                "{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: 'true'} | istiod | true",
                "{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: nonsense} | istiod | true",
                "{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: 'false'} | other | true",
                "{name: OTHER, value: 'false'} | istiod | true"
            })
    void theSwitchesAreIstiodsEnvironment(String variable, String app, boolean autoAllocate) {
        String pod =
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: x, namespace: istio-system, labels: {app: %s}}
                spec: {containers: [{name: discovery, env: [%s]}]}
                """
                        .formatted(app, variable);

        assertThat(
                        Features.of(
                                        ControlPlanePod.environment(
                                                Mesh.of(pod).objects(), "istio-system"))
                                .autoAllocate())
                .isEqualTo(autoAllocate);
    }
}
