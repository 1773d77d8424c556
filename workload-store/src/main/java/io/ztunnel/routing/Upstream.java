package io.ztunnel.routing;

import io.ztunnel.lb.DestinationIp;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.IpFamilies;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A workload that was found for a destination.
 *
 * @param port on the workload, after mapping
 * @param service the service it was chosen from; null when it was addressed itself
 * @param like the address whose family is preferred among several addresses
 */
record Upstream(Workload workload, int port, @Nullable Service service, IpAddress like)
        implements Resolved {

    /** Null when the workload has no address that the service allows. */
    @Nullable IpAddress ip() {
        return DestinationIp.choose(
                workload, like, service == null ? IpFamilies.AUTOMATIC : service.ipFamilies());
    }

    /** Whom the peer may be: what the service allows, then the workload itself. */
    List<Identity> identities() {
        Identity own = workload.identity();
        if (service == null || service.subjectAltNames().isEmpty()) {
            return List.of(own);
        }
        List<Identity> identities = parseNames(service);
        identities.add(own);
        return List.copyOf(identities);
    }

    /** What the service alone allows: all that is known of a peer behind a gateway. */
    List<Identity> serviceIdentities() {
        return service == null ? List.of() : List.copyOf(parseNames(service));
    }

    /** Names that are no identities of this mesh cannot be presented by a peer: left out. */
    private static List<Identity> parseNames(Service service) {
        List<Identity> identities = new ArrayList<>(service.subjectAltNames().size() + 1);
        for (String name : service.subjectAltNames()) {
            Identity identity = Identity.parse(name);
            if (identity != null) {
                identities.add(identity);
            }
        }
        return identities;
    }
}
