package io.ztunnel.routing;

import io.ztunnel.lb.Choice;
import io.ztunnel.lb.LoadBalancer;
import io.ztunnel.lb.Purpose;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.GatewayAddress.ByAddress;
import io.ztunnel.store.GatewayAddress.ByHostname;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * From an address or a reference to a workload. Unlike most lookups, this one prefers a service
 * over a workload of the same address: what is dialled is the service.
 */
final class UpstreamFinder {
    private final Supplier<? extends RandomGenerator> random;

    UpstreamFinder(Supplier<? extends RandomGenerator> random) {
        this.random = random;
    }

    /**
     * @return null when nothing is known of the address, when it belongs to a service that asks to
     *     be left alone, and when a service has no endpoint to offer
     */
    @Nullable Upstream byAddress(Lookup lookup, String network, HostPort address, Purpose purpose) {
        Service service =
                lookup.view().serviceByVip(network, address.ip(), lookup.source().namespace());
        if (service != null) {
            if (isPassthrough(service)) {
                lookup.trace().step("service", () -> service.key() + " asks for passthrough");
                return null;
            }
            return ofService(lookup, service, address.port(), purpose, address.ip());
        }
        Workload workload = lookup.view().workloadByAddress(network, address.ip());
        lookup.trace()
                .step(
                        "workload",
                        () ->
                                new NetworkAddress(network, address.ip())
                                        + (workload == null
                                                ? " is not known"
                                                : " is " + workload.uid()));
        return workload == null ? null : new Upstream(workload, address.port(), null, address.ip());
    }

    /**
     * Follows a reference to a waypoint or a gateway. An address also fixes the family to be
     * dialled; with a host name the family follows the client.
     */
    @Nullable Upstream byReference(Lookup lookup, GatewayAddress reference, Purpose purpose) {
        int port = reference.hbonePort();
        return switch (reference.destination()) {
            case ByAddress by ->
                    byAddress(
                            lookup,
                            by.address().network(),
                            new HostPort(by.address().ip(), port),
                            purpose);
            case ByHostname by -> {
                IpAddress like = lookup.target().ip();
                Service service = lookup.view().service(by.name());
                if (service != null) {
                    yield ofService(lookup, service, port, purpose, like);
                }
                Workload workload = lookup.view().workloadByHostname(by.name());
                yield workload == null ? null : new Upstream(workload, port, null, like);
            }
        };
    }

    private @Nullable Upstream ofService(
            Lookup lookup, Service service, int port, Purpose purpose, IpAddress like) {
        Choice choice =
                LoadBalancer.choose(
                        lookup.view(),
                        lookup.source(),
                        service,
                        port,
                        purpose,
                        random.get(),
                        lookup.trace());
        return choice == null
                ? null
                : new Upstream(choice.workload(), choice.port(), service, like);
    }

    static boolean isPassthrough(Service service) {
        LoadBalancing balancing = service.loadBalancing();
        return balancing != null && balancing.mode() == LoadBalancing.Mode.PASSTHROUGH;
    }
}
