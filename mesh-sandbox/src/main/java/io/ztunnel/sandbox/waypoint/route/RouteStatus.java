package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.ambient.Condition;
import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.ambient.RouteParent;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the control plane says of HTTPRoutes: for each parent that is a Service or a waypoint,
 * whether the route is accepted there and whether its references lead somewhere. A parent that
 * belongs to somebody else, or that does not exist as a Gateway, is not spoken of, as the Gateway
 * API has it.
 */
public final class RouteStatus {
    private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";
    private static final String WAYPOINT_CLASS = "istio-waypoint";

    private final MeshSettings settings;
    private final List<KubeObject> objects;
    private final GatewayScope scope;
    private final BackendReferences references;

    private RouteStatus(MeshSettings settings, List<KubeObject> objects) {
        this.settings = settings;
        this.objects = objects;
        this.scope = new GatewayScope(settings, objects, "", "");
        this.references = new BackendReferences(scope);
    }

    /**
     * In the order of routes and of their parents.
     *
     * @param objects complete, as {@code Cluster.materialize} makes them
     */
    public static List<RouteParent> of(MeshSettings settings, List<KubeObject> objects) {
        RouteStatus status = new RouteStatus(settings, objects);
        return status.scope.all(Kind.HTTP_ROUTE).stream().flatMap(status::parents).toList();
    }

    /** Whether it is accepted, and if not, why. */
    private record Acceptance(boolean accepted, String reason, String message) {
        private static final Acceptance YES = new Acceptance(true, "Accepted", "Route was valid");
    }

    private Stream<RouteParent> parents(KubeObject route) {
        List<RouteParent> parents = new ArrayList<>();
        for (Tree parent : route.spec().trees("parentRefs")) {
            acceptance(route, parent)
                    .ifPresent(
                            accepted ->
                                    parents.add(
                                            new RouteParent(
                                                    route.key(),
                                                    parent,
                                                    List.of(
                                                            condition(route, accepted),
                                                            resolved(route)))));
        }
        return parents.stream();
    }

    private static Condition condition(KubeObject route, Acceptance a) {
        return new Condition(route.key(), "Accepted", a.accepted(), a.reason(), a.message());
    }

    private Optional<Acceptance> acceptance(KubeObject route, Tree parent) {
        String kind =
                parent.string("group").orElse(GATEWAY_GROUP)
                        + "/"
                        + parent.string("kind").orElse("Gateway");
        String namespace = parent.string("namespace").orElse(route.namespace());
        return switch (kind) {
            case "/Service", "core/Service" -> Optional.of(atService(namespace, parent));
            case GATEWAY_GROUP + "/Gateway" -> atGateway(route, namespace, parent.text("name"));
            default -> Optional.empty();
        };
    }

    private Acceptance atService(String namespace, Tree parent) {
        List<Integer> ports = references.ports(namespace, parent.text("name"));
        int port = parent.integer("port").orElse(0);
        if (ports.isEmpty()) {
            return new Acceptance(
                    false,
                    "NoMatchingParent",
                    "no Service %s/%s".formatted(namespace, parent.text("name")));
        }
        return port == 0 || ports.contains(port)
                ? Acceptance.YES
                : new Acceptance(false, "NoMatchingParent", "port " + port + " not found");
    }

    private Optional<Acceptance> atGateway(KubeObject route, String namespace, String name) {
        boolean waypoint =
                scope.all(Kind.GATEWAY).stream()
                        .filter(gateway -> gateway.namespace().equals(namespace))
                        .filter(gateway -> gateway.name().equals(name))
                        .anyMatch(
                                gateway ->
                                        gateway.spec()
                                                .text("gatewayClassName")
                                                .equals(WAYPOINT_CLASS));
        if (!waypoint) {
            return Optional.empty();
        }
        return Optional.of(
                new GatewayScope(settings, objects, namespace, name).admits(route.namespace())
                        ? Acceptance.YES
                        : new Acceptance(
                                false,
                                "NotAllowedByListeners",
                                "the listener of waypoint %s/%s does not admit namespace %s"
                                        .formatted(namespace, name, route.namespace())));
    }

    private Condition resolved(KubeObject route) {
        return route.spec().trees("rules").stream()
                .flatMap(RouteStatus::references)
                .map(reference -> references.resolve(reference, route.namespace()))
                .flatMap(
                        target ->
                                switch (target) {
                                    case Backend.Target.Valid _ ->
                                            Stream.<Backend.Target.Invalid>empty();
                                    case Backend.Target.Invalid invalid -> Stream.of(invalid);
                                })
                .findFirst()
                .map(
                        bad ->
                                new Condition(
                                        route.key(),
                                        "ResolvedRefs",
                                        false,
                                        bad.reason().text(),
                                        bad.why()))
                .orElseGet(
                        () ->
                                new Condition(
                                        route.key(),
                                        "ResolvedRefs",
                                        true,
                                        "ResolvedRefs",
                                        "All references resolved"));
    }

    /** Where a rule sends requests, and copies of them. */
    private static Stream<Tree> references(Tree rule) {
        Stream<Tree> filters =
                Stream.concat(
                        rule.trees("filters").stream(),
                        rule.trees("backendRefs").stream()
                                .flatMap(backend -> backend.trees("filters").stream()));
        return Stream.concat(
                rule.trees("backendRefs").stream(),
                filters.filter(filter -> filter.has("requestMirror"))
                        .map(filter -> filter.tree("requestMirror", "backendRef")));
    }
}
