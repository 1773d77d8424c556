package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Optional;

/** Whose objects may use a waypoint: the {@code allowedRoutes} of the listener that takes HBONE. */
sealed interface AllowedRoutes {
    record All() implements AllowedRoutes {}

    record Same() implements AllowedRoutes {}

    /** Without selector nothing is admitted; an empty selector admits everything. */
    record Selected(Optional<LabelSelector> selector) implements AllowedRoutes {}

    static AllowedRoutes of(KubeObject gateway, Optional<InboundBinding> binding) {
        return listener(gateway, binding)
                .map(listener -> of(listener.tree("allowedRoutes", "namespaces")))
                .orElseGet(Same::new);
    }

    /** Asks for the namespace of the object that is being bound. */
    default boolean admits(String gatewayNamespace, KubeObject subject) {
        return switch (this) {
            case All() -> true;
            case Same() -> gatewayNamespace.equals(subject.name());
            case Selected(Optional<LabelSelector> selector) ->
                    selector.filter(s -> s.matches(subject.labels())).isPresent();
        };
    }

    private static AllowedRoutes of(Tree namespaces) {
        return switch (namespaces.text("from")) {
            case "All" -> new All();
            case "Selector" ->
                    new Selected(
                            namespaces.has("selector")
                                    ? Optional.of(LabelSelector.of(namespaces.tree("selector")))
                                    : Optional.empty());
            default -> new Same();
        };
    }

    private static Optional<Tree> listener(KubeObject gateway, Optional<InboundBinding> binding) {
        List<Tree> listeners = gateway.spec().trees("listeners");
        Optional<Tree> bound =
                binding.flatMap(
                        b ->
                                listeners.stream()
                                        .filter(
                                                l ->
                                                        b.port() != 0
                                                                ? port(l) == b.port()
                                                                : b.isProxy()
                                                                        && l.text("protocol")
                                                                                .equals(
                                                                                        "istio.io/PROXY"))
                                        .findFirst());
        return bound.or(
                () ->
                        listeners.stream()
                                .filter(l -> l.text("protocol").equals("HBONE"))
                                .filter(l -> port(l) == Waypoint.HBONE_PORT)
                                .findFirst());
    }

    private static int port(Tree listener) {
        return listener.integer("port").orElse(0);
    }
}
