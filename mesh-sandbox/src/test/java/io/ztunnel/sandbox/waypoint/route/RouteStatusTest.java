package io.ztunnel.sandbox.waypoint.route;

import static io.ztunnel.sandbox.waypoint.route.Routes.CLUSTER;
import static io.ztunnel.sandbox.waypoint.route.Routes.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.ambient.Condition;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.ambient.RouteParent;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** What a route's status says of its parents and references. */
class RouteStatusTest {
    private static final String REST =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: bookinfo}
            spec: {selector: {app: x}, ports: [{name: http, port: 9080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: curl, namespace: client}
            spec: {selector: {app: x}, ports: [{name: http, port: 80}]}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: ingress, namespace: bookinfo}
            spec: {gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}]}
            ---
            """;
    private static final String TO_REVIEWS = "[{backendRefs: [{name: reviews, port: 9080}]}]";

    private static List<RouteParent> status(String route) {
        ManifestSet set = ManifestLoader.parse("test.yaml", CLUSTER + REST + route);
        assertThat(set.problems()).isEmpty();
        return RouteStatus.of(MeshSettings.DEFAULT, set.objects());
    }

    private static String text(Condition condition) {
        return "%s %s: %s".formatted(condition.status(), condition.reason(), condition.message());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{group: '', kind: Service, name: reviews} | true Accepted: Route was valid",
                "{group: core, kind: Service, name: reviews, port: 9080} | true Accepted: Route was"
                        + " valid",
                "{group: '', kind: Service, name: reviews, port: 1} | false NoMatchingParent: port"
                        + " 1 not found",
                "{group: '', kind: Service, name: no} | false NoMatchingParent: no Service"
                        + " bookinfo/no",
                "{group: '', kind: Service, name: curl, namespace: client} | true Accepted: Route"
                        + " was valid",
                "{name: waypoint} | true Accepted: Route was valid",
                "{name: ingress} | ",
                "{name: no} | ",
                "{group: x.io, kind: Mesh, name: reviews} | ",
            })
    void aParentSaysWhetherTheRouteIsAccepted(String parent, String expected) {
        assertThat(status(route("r", parent, TO_REVIEWS)))
                .extracting(p -> text(p.conditions().getFirst()))
                .isEqualTo(expected == null ? List.of() : List.of(expected));
    }

    @Test
    void aWaypointOfAnotherNamespaceMustAdmitTheRoute() {
        String foreign =
                route("r", "{name: waypoint, namespace: bookinfo}", TO_REVIEWS)
                        .replace("name: r, namespace: bookinfo", "name: r, namespace: client");

        assertThat(status(foreign))
                .extracting(p -> text(p.conditions().getFirst()))
                .containsExactly(
                        "false NotAllowedByListeners: the listener of waypoint bookinfo/waypoint"
                                + " does not admit namespace client");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{backendRefs: [{name: reviews, port: 9080}]} | true ResolvedRefs: All references"
                        + " resolved",
                "{} | true ResolvedRefs: All references resolved",
                "{backendRefs: [{name: reviews, port: 9080}, {name: no, port: 1}]} | false"
                        + " BackendNotFound: no Service bookinfo/no with port 1",
                "{backendRefs: [{name: curl, namespace: client, port: 80}]} | false"
                        + " RefNotPermitted: no ReferenceGrant in namespace client lets HTTPRoutes"
                        + " of bookinfo name Service curl",
                "{backendRefs: [{group: x.io, kind: Bucket, name: b}]} | false InvalidKind: a"
                        + " x.io/Bucket is no backend here",
                "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: no, port:"
                        + " 9080}}}]} | false BackendNotFound: no Service bookinfo/no with port"
                        + " 9080",
            })
    void theReferencesLeadSomewhereOrTheFirstThatDoesNotIsNamed(String rule, String expected) {
        assertThat(status(route("r", "[" + rule + "]")))
                .extracting(p -> text(p.conditions().get(1)))
                .containsExactly(expected);
    }
}
