package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.waypoint.route.Backend.Reason;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The Services that a route may name. */
final class BackendReferences {
    private static final String ROUTE_GROUP = "gateway.networking.k8s.io";

    private final GatewayScope scope;
    private final Map<String, KubeObject> services = new HashMap<>();

    BackendReferences(GatewayScope scope) {
        this.scope = scope;
        scope.all(Kind.SERVICE).forEach(s -> services.put(s.namespace() + "/" + s.name(), s));
    }

    /** Of a Service; empty when there is no such. */
    List<Integer> ports(String namespace, String name) {
        KubeObject service = services.get(namespace + "/" + name);
        return service == null
                ? List.of()
                : service.spec().trees("ports").stream()
                        .flatMap(port -> port.integer("port").stream())
                        .toList();
    }

    /**
     * @param from the namespace of the route
     */
    Backend.Target resolve(Tree reference, String from) {
        String kind = reference.text("group") + "/" + reference.string("kind").orElse("Service");
        if (!kind.equals("/Service")) {
            return new Backend.Target.Invalid(
                    Reason.INVALID_KIND, "a " + kind + " is no backend here");
        }
        String namespace = reference.string("namespace").orElse(from);
        String name = reference.text("name");
        int port = reference.integer("port").orElse(0);
        if (!namespace.equals(from) && !granted(from, namespace, name)) {
            return new Backend.Target.Invalid(
                    Reason.REF_NOT_PERMITTED,
                    "no ReferenceGrant in namespace %s lets HTTPRoutes of %s name Service %s"
                            .formatted(namespace, from, name));
        }
        return ports(namespace, name).contains(port)
                ? new Backend.Target.Valid(
                        new ServicePort(namespace, scope.hostname(name, namespace), port))
                : new Backend.Target.Invalid(
                        Reason.BACKEND_NOT_FOUND,
                        "no Service %s/%s with port %d".formatted(namespace, name, port));
    }

    private boolean granted(String from, String namespace, String name) {
        return scope.all(Kind.REFERENCE_GRANT).stream()
                .filter(grant -> grant.namespace().equals(namespace))
                .anyMatch(
                        grant ->
                                grant.spec().trees("from").stream().anyMatch(f -> isFrom(f, from))
                                        && grant.spec().trees("to").stream()
                                                .anyMatch(t -> isTo(t, name)));
    }

    private static boolean isFrom(Tree from, String namespace) {
        return from.text("group").equals(ROUTE_GROUP)
                && from.text("kind").equals("HTTPRoute")
                && from.text("namespace").equals(namespace);
    }

    private static boolean isTo(Tree to, String name) {
        return to.text("group").isEmpty()
                && to.text("kind").equals("Service")
                && to.string("name").filter(n -> !n.equals(name)).isEmpty();
    }
}
