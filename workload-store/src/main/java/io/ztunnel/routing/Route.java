package io.ztunnel.routing;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What to do with an outbound connection; {@link Router} decides it. */
public sealed interface Route {

    /** Nothing is known of the destination: plain TCP to where the application dialled. */
    record Passthrough(HostPort destination) implements Route {}

    /** Plain TCP to an endpoint that does not speak HBONE. */
    record DirectTcp(Hop hop, Workload workload, @Nullable Service service) implements Route {}

    /**
     * One tunnel, to the endpoint itself or to a waypoint.
     *
     * @param hop where the tunnel's TCP connection goes
     * @param authority the CONNECT authority: the dialled address for waypoints, the endpoint's own
     *     address and target port otherwise. Its host is null when it is the hop's own address,
     *     which DNS has yet to tell
     * @param identities SPIFFE URIs one of which the peer must present, in order
     * @param workload whom the tunnel ends at: the endpoint or the waypoint
     * @param service the service that the client addressed, or that the endpoint was chosen from
     */
    record Hbone(
            Hop hop,
            Authority authority,
            List<Identity> identities,
            Workload workload,
            @Nullable Service service)
            implements Route {}

    /**
     * A tunnel through the gateway of another network, and a second one inside it.
     *
     * @param authority {@code service hostname:service port}, on both CONNECTs
     * @param innerIdentities of the service alone; empty can never be verified
     */
    record DoubleHbone(
            Hop gateway,
            String authority,
            List<Identity> gatewayIdentities,
            List<Identity> innerIdentities,
            Workload gatewayWorkload,
            Service service)
            implements Route {}

    /**
     * @param detail the text for the access log, in the words of the reference ztunnel
     */
    record Refused(RoutingError error, String detail) implements Route {}

    /** Where to open the TCP connection. */
    sealed interface Hop {
        int port();

        record Address(HostPort address) implements Hop {
            @Override
            public int port() {
                return address.port();
            }
        }

        /**
         * To be resolved by DNS in ztunnel's own namespace, after the decision.
         *
         * @param like the address whose family is preferred among the answers
         */
        record Hostname(String hostname, int port, IpAddress like) implements Hop {}
    }

    /**
     * @param ip null: use the hop's resolved address
     */
    record Authority(@Nullable IpAddress ip, int port) {}
}
