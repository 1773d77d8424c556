package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.WaypointState;
import io.ztunnel.sandbox.waypoint.route.Backend;
import io.ztunnel.sandbox.waypoint.route.Filter;
import io.ztunnel.sandbox.waypoint.route.RouteEntry;
import io.ztunnel.sandbox.waypoint.route.RouteRule;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The services that routes of a waypoint lead to, whether these are bound to it or not. */
final class Backends {
    private Backends() {}

    static Set<ServicePort> of(WaypointState state) {
        Set<ServicePort> services = new LinkedHashSet<>();
        Stream<RouteEntry> ofServices =
                state.destinations().byAddress().values().stream()
                        .map(Destination::service)
                        .flatMap(service -> service.stream())
                        .flatMap(service -> state.routes().ofService(service).stream());
        Stream.concat(ofServices, state.routes().ofGateway().stream())
                .map(RouteEntry::then)
                .distinct()
                .forEach(rule -> add(rule, services));
        return services;
    }

    private static void add(RouteRule rule, Set<ServicePort> services) {
        mirrored(rule.filters(), services);
        for (Backend backend : rule.backends()) {
            add(backend, services);
            mirrored(backend.filters(), services);
        }
    }

    private static void mirrored(List<Filter> filters, Set<ServicePort> services) {
        for (Filter filter : filters) {
            if (filter instanceof Filter.Mirror mirror) {
                add(mirror.backend(), services);
            }
        }
    }

    private static void add(Backend backend, Set<ServicePort> services) {
        if (backend.target() instanceof Backend.Target.Valid(ServicePort service)) {
            services.add(service);
        }
    }
}
