package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.security.StringMatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class PoliciesTest {
    private static String policy(String namespace, String name, String spec) {
        return """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: %s, namespace: %s}
        spec: %s
        """
                .formatted(name, namespace, spec);
    }

    private static AmbientSnapshot build(String spec) {
        return Mesh.of(policy("ns", "p", spec)).build();
    }

    /** Groups in braces, clauses in brackets; the notation of the tables below. */
    private static String shown(Authorization policy) {
        return policy.getRulesList().stream()
                .map(
                        rule ->
                                rule.getClausesList().stream()
                                        .map(
                                                clause ->
                                                        clause.getMatchesList().stream()
                                                                .map(PoliciesTest::shown)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                " or ", "[", "]")))
                                        .collect(Collectors.joining("", "{", "}")))
                .collect(Collectors.joining(" "));
    }

    private static String shown(Match match) {
        StringBuilder text = new StringBuilder();
        match.getDestinationPortsList().forEach(p -> text.append(" port=").append(p));
        match.getNotDestinationPortsList().forEach(p -> text.append(" port!=").append(p));
        match.getNamespacesList().forEach(n -> text.append(" ns=").append(shown(n)));
        match.getNotNamespacesList().forEach(n -> text.append(" ns!=").append(shown(n)));
        match.getPrincipalsList().forEach(n -> text.append(" id=").append(shown(n)));
        match.getNotPrincipalsList().forEach(n -> text.append(" id!=").append(shown(n)));
        match.getServiceAccountsList()
                .forEach(
                        s ->
                                text.append(" sa=")
                                        .append(s.getNamespace())
                                        .append('/')
                                        .append(s.getServiceAccount()));
        match.getSourceIpsList().forEach(a -> text.append(" ip=").append(shown(a)));
        match.getNotSourceIpsList().forEach(a -> text.append(" ip!=").append(shown(a)));
        match.getDestinationIpsList().forEach(a -> text.append(" dst=").append(shown(a)));
        return text.toString().strip();
    }

    private static String shown(StringMatch match) {
        return switch (match.getMatchTypeCase()) {
            case EXACT -> match.getExact();
            case PREFIX -> match.getPrefix() + "~";
            case SUFFIX -> "~" + match.getSuffix();
            case PRESENCE -> "any";
            case MATCHTYPE_NOT_SET -> "nothing";
        };
    }

    private static String shown(io.ztunnel.api.security.Address address) {
        StringBuilder text = new StringBuilder();
        for (byte b : address.getAddress().toByteArray()) {
            text.append(text.isEmpty() ? "" : ".").append(b & 0xff);
        }
        return text + "/" + address.getLength();
    }

    static Stream<Arguments> rules() {
        return Stream.of(
                arguments(
                        "ALLOW with HTTP methods allows nothing",
                        "{rules: [{to: [{operation: {ports: ['80'], methods: [GET]}}], from:"
                                + " [{source: {principals: [p]}}]}]}",
                        ""),
                arguments(
                        "ALLOW loses only the rule with HTTP",
                        "{rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {ports:"
                                + " ['80']}}]}, {to: [{operation: {paths: [/x]}}]}]}",
                        "{[port=80][ns=a]}"),
                arguments(
                        "DENY without its HTTP part",
                        "{action: DENY, rules: [{from: [{source: {principals: [p],"
                            + " requestPrincipals: [x]}}], to: [{operation: {ports: ['80']}}]}]}",
                        "{[port=80][id=p]}"),
                arguments(
                        "DENY of HTTP only matches nothing",
                        "{action: DENY, rules: [{from: [{source: {requestPrincipals: [x]}}], to:"
                                + " [{operation: {methods: [GET]}}]}]}",
                        "{[][]}"),
                arguments(
                        "DENY with an unknown condition matches nothing",
                        "{action: DENY, rules: [{when: [{key: source.namespace, values: [a]}, {key:"
                                + " connection.sni, values: [b]}]}]}",
                        "{[ns=a][]}"),
                arguments(
                        "wildcards",
                        "{rules: [{from: [{source: {principals: ['*', 'a*', '*b', c]}}]}]}",
                        "{[id=any id=a~ id=~b id=c]}"),
                arguments("an empty rule matches everything", "{rules: [{}]}", "{}"),
                arguments("no rules match nothing", "{}", ""),
                arguments(
                        "alternatives stay apart",
                        "{rules: [{from: [{source: {namespaces: [a]}}, {source: {notPrincipals:"
                                + " [p]}}]}]}",
                        "{[ns=a or id!=p]}"),
                arguments(
                        "one DENY alternative with a port still works",
                        "{action: DENY, rules: [{to: [{operation: {methods: [GET]}}, {operation:"
                                + " {ports: ['80']}}]}]}",
                        "{[ or port=80]}"),
                arguments(
                        "addresses keep their host bits and what is none is left out",
                        "{rules: [{from: [{source: {ipBlocks: [10.1.2.3/8, 10.1.1.1, bad,"
                                + " 10.0.0.0/40], notIpBlocks: [10.244.9.0/24]}}]}]}",
                        "{[ip=10.1.2.3/8 ip=10.1.1.1/32 ip!=10.244.9.0/24]}"),
                arguments(
                        "ports are numbers up to 65535",
                        "{rules: [{to: [{operation: {ports: ['0', '65535', '65536', '-1', http],"
                                + " notPorts: ['9']}}]}]}",
                        "{[port=0 port=65535 port!=9]}"),
                arguments(
                        "service accounts of the own and of other namespaces",
                        "{rules: [{from: [{source: {serviceAccounts: [a, other/b]}}]}]}",
                        "{[sa=ns/a sa=other/b]}"),
                arguments(
                        "conditions are clauses of their own",
                        "{rules: [{when: [{key: source.ip, values: [10.0.0.0/8]}, {key:"
                                + " destination.ip, values: [10.1.1.1]}, {key: destination.port,"
                                + " values: ['80'], notValues: ['81']}, {key: source.principal,"
                                + " notValues: ['*']}]}]}",
                        "{[ip=10.0.0.0/8][dst=10.1.1.1/32][port=80 port!=81][id!=any]}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void rules(String name, String spec, String expected) {
        assertThat(shown(Mesh.authorization(build(spec), "ns/p").orElseThrow()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ns           | {}                                     | NAMESPACE",
                "istio-system | {}                                     | GLOBAL",
                "ns           | {selector: {matchLabels: {app: a}}}    | WORKLOAD_SELECTOR",
                "istio-system | {selector: {matchLabels: {app: a}}}    | WORKLOAD_SELECTOR",
                "ns           | {selector: {}}                         | WORKLOAD_SELECTOR"
            })
    void scope(String namespace, String spec, Scope expected) {
        AmbientSnapshot snapshot = Mesh.of(policy(namespace, "p", spec)).build();

        assertThat(Mesh.authorization(snapshot, namespace + "/p").orElseThrow().getScope())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{action: AUDIT}                                   | false UnsupportedValue",
                "{action: CUSTOM, provider: {name: x}}             | false UnsupportedValue",
                "{targetRefs: [{kind: Service, name: x}]}          | false TargetNotFound",
                "{targetRef: {kind: Gateway, name: x}}             | false TargetNotFound"
            })
    void policiesThatAreNotForZtunnelAreNotSent(String spec, String condition) {
        AmbientSnapshot snapshot = build(spec);

        assertThat(snapshot.authorizations()).isEmpty();
        assertThat(conditions(snapshot)).containsExactly(condition);
    }

    @Test
    void dryRunPoliciesAreSentOnlyWhereTheyAreEnabledAndMarked() {
        String yaml =
                policy("ns", "p", "{action: DENY}")
                        .replace(
                                "namespace: ns",
                                "namespace: ns, annotations: {istio.io/dry-run: 'true'}");
        MeshSettings enabled =
                MeshSettings.DEFAULT.withFeatures(
                        Features.of(Map.of("AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY", "true")));

        assertThat(Mesh.of(yaml).build().authorizations()).isEmpty();
        assertThat(Mesh.authorization(Mesh.of(yaml).build(enabled), "ns/p"))
                .hasValueSatisfying(p -> assertThat(p.getDryRun()).isTrue())
                .hasValueSatisfying(p -> assertThat(p.getAction()).isEqualTo(Action.DENY));
        assertThat(Mesh.authorization(Mesh.of(yaml.replace("'true'", "'yes'")).build(), "ns/p"))
                .hasValueSatisfying(p -> assertThat(p.getDryRun()).isFalse());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{rules: [{}]} | Accepted | enforced",
                "{rules: [{to: [{operation: {paths: [/x]}}]}]} | UnsupportedValue | left out",
                "{action: DENY, rules: [{to: [{operation: {paths: [/x], ports: ['1']}}]}]} |"
                        + " UnsupportedValue | denies more",
                "{action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]} | UnsupportedValue |"
                        + " no effect"
            })
    void theConditionSaysWhatBecomesOfHttpParts(String spec, String reason, String message) {
        assertThat(build(spec).conditions())
                .singleElement()
                .satisfies(c -> assertThat(c.status()).isTrue())
                .satisfies(c -> assertThat(c.reason()).isEqualTo(reason))
                .satisfies(c -> assertThat(c.message()).contains(message));
    }

    @Test
    void podsNameThePoliciesThatSelectThemAndNoOthers() {
        String selector = "{selector: {matchLabels: {app: a}}}";
        AmbientSnapshot snapshot =
                Mesh.of(
                                policy("ns", "z", selector)
                                        + policy("ns", "b", selector)
                                        + policy("ns", "wide", "{}")
                                        + policy("ns", "nobody", "{selector: {}}")
                                        + policy(
                                                "ns",
                                                "l7",
                                                "{action: AUDIT, selector: {matchLabels: {app:"
                                                        + " a}}}")
                                        + policy("istio-system", "root", selector)
                                        + policy("other", "far", selector))
                        .namespace("ns", "")
                        .pod("ns", "yes", "app=a")
                        .pod("ns", "no", "app=b")
                        .pod("ns", "bare", "")
                        .build();

        assertThat(Mesh.workload(snapshot, "ns", "yes").getAuthorizationPoliciesList())
                .containsExactly("istio-system/root", "ns/b", "ns/z");
        assertThat(Mesh.workload(snapshot, "ns", "no").getAuthorizationPoliciesList()).isEmpty();
        assertThat(Mesh.workload(snapshot, "ns", "bare").getAuthorizationPoliciesList()).isEmpty();
        assertThat(snapshot.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("nobody enforces"));
    }

    private static List<String> conditions(AmbientSnapshot snapshot) {
        return snapshot.conditions().stream().map(c -> c.status() + " " + c.reason()).toList();
    }

    private static String peer(String namespace, String name, String spec) {
        return """
        ---
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: %s, namespace: %s}
        spec: %s
        """
                .formatted(name, namespace, spec);
    }

    private static String mode(String mode) {
        return "{mtls: {mode: " + mode + "}}";
    }

    /**
     * Mode of the mesh, of the namespace, spec of the selecting policy; its groups and what the pod
     * lists.
     */
    static Stream<Arguments> peerAuthentications() {
        return Stream.of(
                arguments(
                        "",
                        "",
                        "mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: PERMISSIVE}}",
                        "{[id!=any][port!=9090]}",
                        "converted"),
                arguments(
                        "",
                        "",
                        "mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: DISABLE}}",
                        "{[id!=any][port!=9090]}",
                        "converted"),
                arguments(
                        "",
                        "",
                        "mtls: {mode: PERMISSIVE}, portLevelMtls: {9090: {mode: STRICT}}",
                        "{[port=9090 id!=any]}",
                        "converted"),
                arguments(
                        "",
                        "",
                        "mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: STRICT}}",
                        null,
                        "static"),
                arguments(
                        "PERMISSIVE",
                        "PERMISSIVE",
                        "portLevelMtls: {9090: {mode: STRICT}, 8080: {mode: STRICT}}",
                        "{[port=8080 id!=any]} {[port=9090 id!=any]}",
                        "converted"),
                arguments(
                        "STRICT",
                        "",
                        "portLevelMtls: {9090: {mode: PERMISSIVE}}",
                        "{[port!=9090][id!=any]}",
                        "converted"),
                arguments(
                        "STRICT",
                        "STRICT",
                        "mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: PERMISSIVE}}",
                        "{[id!=any][port!=9090][id!=any]}",
                        "converted"),
                // a STRICT port of a PERMISSIVE policy is kept below a STRICT mesh
                arguments(
                        "STRICT",
                        "",
                        "mtls: {mode: PERMISSIVE}, portLevelMtls: {9090: {mode: STRICT}}",
                        "{[port=9090 id!=any]}",
                        "converted"),
                // a namespace policy without mode does not hide a STRICT mesh
                arguments(
                        "STRICT",
                        "UNSET",
                        "portLevelMtls: {9090: {mode: PERMISSIVE}}",
                        "{[port!=9090][id!=any]}",
                        "converted"),
                // published, not attached: the port stays STRICT
                arguments(
                        "STRICT",
                        "",
                        "portLevelMtls: {9090: {mode: DISABLE}}",
                        "{[port!=9090][id!=any]}",
                        "static"),
                arguments("", "", "mtls: {mode: STRICT}", null, "static"),
                arguments("STRICT", "", "mtls: {mode: PERMISSIVE}", null, ""),
                arguments("STRICT", "PERMISSIVE", "mtls: {}", null, ""),
                arguments("PERMISSIVE", "STRICT", "mtls: {}", null, "static"),
                arguments("", "", "mtls: {}, portLevelMtls: {80: {mode: PERMISSIVE}}", null, ""));
    }

    @ParameterizedTest(name = "mesh {0}, namespace {1}, policy {2}")
    @MethodSource("peerAuthentications")
    void peerAuthenticationsBecomeDenyPolicies(
            String mesh,
            String namespace,
            String own,
            @org.jspecify.annotations.Nullable String groups,
            String listed) {
        String yaml =
                (mesh.isEmpty() ? "" : peer("istio-system", "mesh", mode(mesh)))
                        + (namespace.isEmpty() ? "" : peer("ns", "all", mode(namespace)))
                        + peer("ns", "own", "{selector: {matchLabels: {app: a}}, " + own + "}");
        AmbientSnapshot snapshot =
                Mesh.of(yaml).namespace("ns", "").pod("ns", "pod", "app=a").build();

        assertThat(
                        Mesh.authorization(snapshot, "ns/converted_peer_authentication_own")
                                .map(PoliciesTest::shown)
                                .orElse(null))
                .isEqualTo(groups);
        assertThat(Mesh.workload(snapshot, "ns", "pod").getAuthorizationPoliciesList())
                .isEqualTo(
                        switch (listed) {
                            case "static" -> List.of("istio-system/istio_converted_static_strict");
                            case "converted" -> List.of("ns/converted_peer_authentication_own");
                            default -> List.of();
                        });
        assertThat(
                        Mesh.authorization(snapshot, "istio-system/istio_converted_static_strict")
                                .map(PoliciesTest::shown))
                .hasValue("{[id!=any]}");
    }

    @Test
    void theOldestPeerAuthenticationOfItsClassDecides() {
        String old = ", creationTimestamp: '2020-01-01T00:00:00Z'";
        String young = ", creationTimestamp: '2024-01-01T00:00:00Z'";
        AmbientSnapshot snapshot =
                Mesh.of(
                                peer("ns", "a", mode("STRICT"))
                                                .replace("namespace: ns", "namespace: ns" + young)
                                        + peer("ns", "b", mode("PERMISSIVE"))
                                                .replace("namespace: ns", "namespace: ns" + old))
                        .namespace("ns", "")
                        .pod("ns", "pod", "app=a")
                        .build();

        assertThat(Mesh.workload(snapshot, "ns", "pod").getAuthorizationPoliciesList()).isEmpty();
    }

    @Test
    void aPolicyOfAnotherRevisionIsNotSeen() {
        String yaml =
                policy("ns", "p", "{}")
                        .replace("namespace: ns", "namespace: ns, labels: {istio.io/rev: canary}");
        MeshSettings d = MeshSettings.DEFAULT;
        MeshSettings stable =
                new MeshSettings(
                        d.clusterId(),
                        d.clusterDomain(),
                        d.trustDomain(),
                        d.rootNamespace(),
                        d.systemNamespace(),
                        "stable",
                        d.discoverySelectors(),
                        d.serviceEntryVisibility(),
                        d.features());

        assertThat(Mesh.of(yaml).build().authorizations()).hasSize(1);
        assertThat(Mesh.of(yaml).build(stable).authorizations()).isEmpty();
    }
}
