package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * One workload as istiod describes it, with istiod's elided defaults filled in. Immutable; lists
 * and maps are unmodifiable.
 *
 * @param uid primary key, equal to the xDS resource name
 * @param addresses in istiod's order; may be empty
 * @param workloadType lower-case: deployment, cronjob, pod, job
 * @param authorizationPolicies keys of the selector policies that apply here
 * @param hostname resolved by DNS when there are no addresses; "" if none
 * @param services service to its port mapping (service port to target port) on this workload
 * @param capacity weight in load balancing; 0 is never picked
 */
public record Workload(
        String uid,
        String name,
        String namespace,
        String trustDomain,
        String serviceAccount,
        List<IpAddress> addresses,
        String network,
        NetworkMode networkMode,
        Protocol protocol,
        boolean nativeTunnel,
        @Nullable GatewayAddress waypoint,
        @Nullable GatewayAddress networkGateway,
        @Nullable ApplicationTunnel applicationTunnel,
        String node,
        String clusterId,
        String canonicalName,
        String canonicalRevision,
        String workloadType,
        String workloadName,
        String hostname,
        Health status,
        Locality locality,
        List<String> authorizationPolicies,
        Map<NamespacedHostname, PortMap> services,
        int capacity) {

    public enum Protocol {
        TCP,
        HBONE
    }

    public enum NetworkMode {
        STANDARD,
        HOST_NETWORK
    }

    public enum Health {
        HEALTHY,
        UNHEALTHY
    }

    /** Each may be "". */
    public record Locality(String region, String zone, String subzone) {
        public static final Locality NONE = new Locality("", "", "");

        public boolean isEmpty() {
            return region.isEmpty() && zone.isEmpty() && subzone.isEmpty();
        }
    }

    /**
     * How the application takes tunnelled traffic.
     *
     * @param port 0 keeps the destination port
     */
    public record ApplicationTunnel(TunnelProtocol protocol, int port) {
        public enum TunnelProtocol {
            NONE,
            PROXY
        }
    }

    public Identity identity() {
        return new Identity(trustDomain, namespace, serviceAccount);
    }

    public boolean hasAddress(IpAddress ip) {
        return addresses.contains(ip);
    }
}
