package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All routes of a waypoint. Those that are attached to the dialled Service go before those that are
 * attached to the waypoint's Gateway, because they are the more specific. Immutable.
 */
public final class RouteTable {
    public static final RouteTable EMPTY = new RouteTable(Map.of(), List.of());

    private final Map<ServicePort, List<RouteEntry>> byService;
    private final List<RouteEntry> ofGateway;

    /**
     * @param byService in order of precedence
     * @param ofGateway in order of precedence
     */
    RouteTable(Map<ServicePort, List<RouteEntry>> byService, List<RouteEntry> ofGateway) {
        this.byService = Map.copyOf(byService);
        this.ofGateway = List.copyOf(ofGateway);
    }

    /**
     * @param problems of routes that mean less than their author may think
     */
    public static RouteTable of(GatewayScope scope, Consumer<Problem> problems) {
        return new RouteAttachment(scope, problems).table();
    }

    /** Those attached to a port of a Service, in order of precedence. */
    public List<RouteEntry> ofService(ServicePort service) {
        return byService.getOrDefault(service, List.of());
    }

    /** Those attached to the Gateway, in order of precedence. */
    public List<RouteEntry> ofGateway() {
        return ofGateway;
    }

    /** What routes say about a request. */
    sealed interface Found {
        /** There is no route for it: it goes where it was sent to. */
        record NoRoute() implements Found {}

        /** There are routes, and none of their rules matches. */
        record NoMatch() implements Found {}

        record Rule(RouteEntry entry) implements Found {}
    }

    /**
     * @param service what was dialled; empty for a workload's own address
     */
    Found find(Optional<ServicePort> service, RequestHead head) {
        List<RouteEntry> own = service.map(this::ofService).orElse(List.of());
        if (!own.isEmpty()) {
            return own.stream()
                    .filter(entry -> entry.matches(head))
                    .findFirst()
                    .<Found>map(Found.Rule::new)
                    .orElseGet(Found.NoMatch::new);
        }
        String host = head.host();
        List<RouteEntry> hosted =
                ofGateway.stream().filter(e -> e.hostnames().precision(host) >= 0).toList();
        if (hosted.isEmpty()) {
            return new Found.NoRoute();
        }
        // Stable: among hostnames of one precision the order of precedence stays.
        return hosted.stream()
                .sorted(
                        Comparator.comparingInt((RouteEntry e) -> e.hostnames().precision(host))
                                .reversed())
                .filter(entry -> entry.matches(head))
                .findFirst()
                .<Found>map(Found.Rule::new)
                .orElseGet(Found.NoMatch::new);
    }
}
