package io.ztunnel.routing;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.GatewayAddress.ByAddress;
import io.ztunnel.store.GatewayAddress.ByHostname;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;

/** Words for references to waypoints and gateways that lead nowhere. */
final class References {
    private References() {}

    /** Tells one that does not exist from one that exists and cannot be used. */
    static String describeMissing(Lookup lookup, GatewayAddress reference) {
        return exists(lookup.view(), reference)
                ? reference.destination()
                        + " has no usable endpoint for port "
                        + reference.hbonePort()
                : name(reference) + " not found";
    }

    private static String name(GatewayAddress reference) {
        return switch (reference.destination()) {
            case ByAddress by -> by.address().toString();
            case ByHostname by -> by.name().hostname();
        };
    }

    private static boolean exists(MeshView view, GatewayAddress reference) {
        return switch (reference.destination()) {
            case ByAddress by -> {
                NetworkAddress address = by.address();
                yield view.serviceByVip(address.network(), address.ip(), null) != null;
            }
            case ByHostname by -> view.service(by.name()) != null;
        };
    }
}
