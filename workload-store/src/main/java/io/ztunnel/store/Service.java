package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One service as istiod describes it, without its endpoints (those belong to {@link MeshView}).
 * Immutable.
 *
 * @param vips single virtual IPs
 * @param cidrVips blocks of virtual IPs
 * @param ports service port to target port, 0 for named targets
 * @param subjectAltNames further SPIFFE URIs that the endpoints may present, as received
 * @param weightedWaypoints canary split; empty if none
 * @param loadBalancing null when istiod sent none: all healthy endpoints alike
 * @param canonical wins among services of one hostname in several namespaces
 */
public record Service(
        String name,
        String namespace,
        String hostname,
        List<NetworkAddress> vips,
        List<NetworkCidr> cidrVips,
        PortMap ports,
        List<String> subjectAltNames,
        @Nullable GatewayAddress waypoint,
        List<WeightedWaypoint> weightedWaypoints,
        @Nullable LoadBalancing loadBalancing,
        IpFamilies ipFamilies,
        boolean canonical,
        Visibility visibility) {

    public record NetworkCidr(String network, Cidr cidr) {}

    public record WeightedWaypoint(GatewayAddress destination, int weight) {}

    public enum Visibility {
        PUBLIC,
        NAMESPACE
    }

    public enum IpFamilies {
        AUTOMATIC,
        IPV4_ONLY,
        IPV6_ONLY,
        DUAL
    }

    public record LoadBalancing(List<Scope> preferences, Mode mode, HealthPolicy healthPolicy) {
        public enum Scope {
            REGION,
            ZONE,
            SUBZONE,
            NODE,
            CLUSTER,
            NETWORK
        }

        public enum Mode {
            STANDARD,
            STRICT,
            FAILOVER,
            PASSTHROUGH
        }

        public enum HealthPolicy {
            ONLY_HEALTHY,
            ALLOW_ALL
        }
    }

    public NamespacedHostname key() {
        return new NamespacedHostname(namespace, hostname);
    }

    /** Whether the other is a version of this very service. */
    boolean isSameAs(Service other) {
        return namespace.equals(other.namespace) && hostname.equals(other.hostname);
    }

    public boolean isVisibleTo(String clientNamespace) {
        return visibility == Visibility.PUBLIC || namespace.equals(clientNamespace);
    }

    /** Whether an endpoint of that health takes part. */
    public boolean admits(Workload.Health health) {
        return health == Workload.Health.HEALTHY || admitsUnhealthy();
    }

    boolean admitsUnhealthy() {
        return loadBalancing != null
                && loadBalancing.healthPolicy() == LoadBalancing.HealthPolicy.ALLOW_ALL;
    }
}
