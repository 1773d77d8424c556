package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Finds out what each HTTPRoute is attached to, by its parentRefs. */
final class RouteAttachment {
    private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";

    private final GatewayScope scope;
    private final Consumer<Problem> problems;
    private final BackendReferences references;
    private final Map<ServicePort, List<RouteEntry>> byService = new HashMap<>();
    private final List<RouteEntry> ofGateway = new ArrayList<>();

    RouteAttachment(GatewayScope scope, Consumer<Problem> problems) {
        this.scope = scope;
        this.problems = problems;
        this.references = new BackendReferences(scope);
    }

    RouteTable table() {
        for (KubeObject route : scope.all(Kind.HTTP_ROUTE)) {
            try {
                attach(route);
            } catch (RuntimeException e) {
                // One route never costs another its place.
                problems.accept(
                        Problem.error(route.origin(), "", route.key() + " cannot be used: " + e));
            }
        }
        byService.values().forEach(entries -> entries.sort(RouteEntry.PRECEDENCE));
        ofGateway.sort(RouteEntry.PRECEDENCE);
        return new RouteTable(byService, ofGateway);
    }

    private void attach(KubeObject route) {
        List<RouteEntry> entries = new RouteConversion(route, references, problems).entries();
        List<Tree> parents = route.spec().trees("parentRefs");
        for (int i = 0; i < parents.size(); i++) {
            Tree parent = parents.get(i);
            String kind =
                    parent.string("group").orElse(GATEWAY_GROUP)
                            + "/"
                            + parent.string("kind").orElse("Gateway");
            String field = "spec.parentRefs[" + i + "]";
            switch (kind) {
                case "/Service", "core/Service" -> service(route, parent, entries, field);
                case GATEWAY_GROUP + "/Gateway" -> gateway(route, parent, entries);
                default ->
                        problems.accept(
                                Problem.warning(
                                        route.origin(),
                                        field,
                                        route.key()
                                                + ": a waypoint takes routes of a Service or a"
                                                + " Gateway, not of a "
                                                + kind));
            }
        }
    }

    private void service(KubeObject route, Tree parent, List<RouteEntry> entries, String field) {
        String namespace = parent.string("namespace").orElse(route.namespace());
        // A route of another namespace than its Service's is for that namespace's own clients, and
        // istiod tells it to waypoints of that namespace only.
        if (!namespace.equals(route.namespace()) && !route.namespace().equals(scope.namespace())) {
            return;
        }
        List<Integer> ports = references.ports(namespace, parent.text("name"));
        int only = parent.integer("port").orElse(0);
        List<Integer> meant = ports.stream().filter(port -> only == 0 || port == only).toList();
        if (meant.isEmpty()) {
            problems.accept(
                    Problem.warning(
                            route.origin(),
                            field,
                            "%s: no Service %s/%s%s: the route has no effect there"
                                    .formatted(
                                            route.key(),
                                            namespace,
                                            parent.text("name"),
                                            only == 0 ? "" : " with port " + only)));
        }
        for (int port : meant) {
            String hostname = scope.hostname(parent.text("name"), namespace);
            byService
                    .computeIfAbsent(
                            new ServicePort(namespace, hostname, port), _ -> new ArrayList<>())
                    .addAll(entries);
        }
    }

    private void gateway(KubeObject route, Tree parent, List<RouteEntry> entries) {
        String namespace = parent.string("namespace").orElse(route.namespace());
        if (!namespace.equals(scope.namespace()) || !parent.text("name").equals(scope.name())) {
            return;
        }
        if (scope.admits(route.namespace())) {
            Hostnames hostnames = new Hostnames(route.spec().strings("hostnames"));
            Stream<RouteEntry> hosted =
                    entries.stream()
                            .map(
                                    e ->
                                            new RouteEntry(
                                                    hostnames,
                                                    e.match(),
                                                    e.then(),
                                                    e.age(),
                                                    e.ruleNumber()));
            hosted.forEach(ofGateway::add);
        } else {
            problems.accept(
                    Problem.warning(
                            route.origin(),
                            "spec.parentRefs",
                            "%s: the listener of %s/%s does not admit routes of namespace %s"
                                    .formatted(
                                            route.key(),
                                            scope.namespace(),
                                            scope.name(),
                                            route.namespace())));
        }
    }
}
