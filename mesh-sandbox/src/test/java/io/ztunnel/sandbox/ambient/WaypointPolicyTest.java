package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.security.StringMatch;
import io.ztunnel.api.workload.Workload;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

/** Policies that waypoints enforce, and the one that lets waypoints in. */
class WaypointPolicyTest {
    private static String policy(String namespace, String targets) {
        return """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: p, namespace: %s}
        spec: {targetRefs: [%s]}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: mesh}
        spec: {controllerName: istio.io/mesh-controller}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: other}
        spec: {controllerName: example.com/other}
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: se, namespace: bk, labels: {istio.io/use-waypoint: wp}}
        spec: {hosts: [a.x]}
        """
                .formatted(namespace, targets);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "bk | {kind: Service, name: bound} | true Accepted bound to bk/wp",
                "bk | {kind: Service, name: free} | false AncestorNotBound Service bk/free is not"
                        + " bound to a waypoint",
                "bk | {kind: Service, name: no} | false TargetNotFound Service bk/no does not"
                        + " exist",
                "bk | {group: networking.istio.io, kind: ServiceEntry, name: se} | true Accepted"
                        + " bound to bk/wp",
                "bk | {group: networking.istio.io, kind: ServiceEntry, name: no} | false"
                        + " TargetNotFound ServiceEntry bk/no does not exist",
                "bk | {group: gateway.networking.k8s.io, kind: Gateway, name: wp} | true Accepted"
                        + " bound to bk/wp",
                "bk | {group: gateway.networking.k8s.io, kind: Gateway, name: no} | false"
                        + " TargetNotFound no waypoint is called bk/no",
                "istio-system | {group: gateway.networking.k8s.io, kind: GatewayClass, name: mesh}"
                        + " | true Accepted bound to mesh",
                "bk | {group: gateway.networking.k8s.io, kind: GatewayClass, name: mesh} | false"
                    + " Invalid only a policy of namespace istio-system may name a GatewayClass",
                "istio-system | {group: gateway.networking.k8s.io, kind: GatewayClass, name: no} |"
                        + " false TargetNotFound no GatewayClass is called no",
                "istio-system | {group: gateway.networking.k8s.io, kind: GatewayClass, name:"
                        + " other} | false Invalid GatewayClass other is not of controller"
                        + " istio.io/mesh-controller",
                "bk | {kind: Pod, name: x} | false unknown not bound",
                "bk | {kind: Service, name: bound}, {kind: Service, name: free} | true"
                        + " PartiallyInvalid Invalid targetRefs: Service.core:bk/free",
                "bk | {kind: Service, name: no}, {kind: Service, name: free} | false Invalid"
                        + " Invalid targetRefs: Service.core:bk/no, Service.core:bk/free"
            })
    void theConditionSaysWhetherAWaypointEnforcesThePolicy(
            String namespace, String targets, String expected) {
        AmbientSnapshot snapshot =
                Mesh.of(policy(namespace, targets))
                        .namespace("bk", "")
                        .waypoint("bk", "wp", "", "")
                        .service("bk", "bound", "istio.io/use-waypoint=wp")
                        .service("bk", "free", "")
                        .build();

        assertThat(snapshot.authorizations()).isEmpty();
        assertThat(snapshot.conditions())
                .filteredOn(c -> c.object().name().equals("p"))
                .singleElement()
                .satisfies(c -> assertThat(c.type()).isEqualTo("WaypointAccepted"))
                .satisfies(
                        c ->
                                assertThat(c.status() + " " + c.reason() + " " + c.message())
                                        .isEqualTo(expected));
    }

    @Test
    void twoBoundTargetsAreAccepted() {
        AmbientSnapshot snapshot =
                Mesh.of(policy("bk", "{kind: Service, name: a}, {kind: Service, name: b}"))
                        .namespace("bk", "istio.io/use-waypoint=wp")
                        .waypoint("bk", "wp", "", "")
                        .service("bk", "a", "")
                        .service("bk", "b", "")
                        .build();

        assertThat(Mesh.conditions(snapshot)).contains("WaypointAccepted true Accepted");
    }

    private static final String INSTANCE =
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, namespace: infra, labels: {gateway.networking.k8s.io/gateway-name: wp}}
            spec: {containers: [{name: c}], serviceAccountName: %s}
            status: {podIP: 10.0.0.8}
            ---
            """;
    private static final String SELECTED =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: svc, namespace: bk}
            spec: {selector: {app: a}, clusterIP: 10.4.0.9, ports: [{port: 80}]}
            """;

    private static AmbientSnapshot allowances(Map<String, String> environment, String instances) {
        String labels = "istio.io/use-waypoint=wp, istio.io/use-waypoint-namespace=infra";
        return Mesh.of(instances + SELECTED)
                .namespace("bk", labels)
                .namespace("infra", "")
                .waypoint("infra", "wp", "", "{namespaces: {from: All}}")
                .pod("bk", "behind", "app=a")
                .pod("bk", "beside", "app=b")
                .build(MeshSettings.DEFAULT.withFeatures(Features.of(environment)));
    }

    @Test
    void whereItIsSwitchedOnAWaypointIsAllowedToWhatIsBehindIt() {
        AmbientSnapshot snapshot =
                allowances(
                        Map.of("PILOT_AUTO_ALLOW_WAYPOINT_POLICY", "true"),
                        INSTANCE.formatted("w1", "wp-sa") + INSTANCE.formatted("w2", "a-sa"));
        String key = "infra/istio_allow_waypoint_infra_wp";
        Authorization policy = Mesh.authorization(snapshot, key).orElseThrow();

        assertThat(policy.getScope()).isEqualTo(Scope.WORKLOAD_SELECTOR);
        assertThat(policy.getAction()).isEqualTo(Action.ALLOW);
        assertThat(policy.getRules(0).getClauses(0).getMatches(0).getPrincipalsList())
                .extracting(StringMatch::getExact)
                .containsExactly(
                        "cluster.local/ns/infra/sa/a-sa", "cluster.local/ns/infra/sa/wp-sa");
        Workload behind = Mesh.workload(snapshot, "bk", "behind");
        assertThat(behind.getAuthorizationPoliciesList()).containsExactly(key);
        assertThat(Mesh.workload(snapshot, "bk", "beside").getAuthorizationPoliciesList())
                .isEmpty();
    }

    @Test
    void otherwiseOrWithoutPodsThereIsNoSuchPolicy() {
        String instance = INSTANCE.formatted("w1", "wp-sa");

        assertThat(allowances(Map.of(), instance).authorizations()).isEmpty();
        AmbientSnapshot empty = allowances(Map.of("PILOT_AUTO_ALLOW_WAYPOINT_POLICY", "true"), "");
        assertThat(empty.authorizations()).isEmpty();
        assertThat(Mesh.workload(empty, "bk", "behind").getAuthorizationPoliciesList()).isEmpty();
    }
}
