package io.ztunnel.xds;

import io.ztunnel.api.workload.PortList;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From the wire's workload to ours: checks every field and fills in what istiod leaves out. */
final class WorkloadDecoder {
    static final String DEFAULT_TRUST_DOMAIN = "cluster.local";
    static final String DEFAULT_SERVICE_ACCOUNT = "default";
    static final String DEFAULT_CLUSTER = "Kubernetes";

    /** The types by their number on the wire. */
    static final String[] TYPES = {"deployment", "cronjob", "pod", "job"};

    private final FieldDecoder fields;

    WorkloadDecoder(FieldDecoder fields) {
        this.fields = fields;
    }

    /**
     * @param resourceName normally equal to the uid, whose text it then shares
     */
    Workload decode(String resourceName, io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        return new Workload(
                wire.getUid().equals(resourceName) ? resourceName : wire.getUid(),
                wire.getName(),
                fields.shared(wire.getNamespace()),
                fields.shared(wire.getTrustDomain(), DEFAULT_TRUST_DOMAIN),
                fields.shared(wire.getServiceAccount(), DEFAULT_SERVICE_ACCOUNT),
                addresses(wire),
                fields.shared(wire.getNetwork()),
                networkMode(wire),
                protocol(wire),
                wire.getNativeTunnel(),
                fields.gateway("waypoint", wire.hasWaypoint(), wire.getWaypoint()),
                fields.gateway(
                        "network_gateway", wire.hasNetworkGateway(), wire.getNetworkGateway()),
                applicationTunnel(wire),
                fields.shared(wire.getNode()),
                fields.shared(wire.getClusterId(), DEFAULT_CLUSTER),
                fields.shared(wire.getCanonicalName()),
                fields.shared(wire.getCanonicalRevision()),
                workloadType(wire),
                fields.shared(wire.getWorkloadName()),
                fields.shared(wire.getHostname()),
                status(wire),
                locality(wire.getLocality()),
                policies(wire),
                services(wire),
                capacity(wire));
    }

    private List<IpAddress> addresses(io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        List<IpAddress> addresses = new ArrayList<>(wire.getAddressesCount());
        for (int i = 0; i < wire.getAddressesCount(); i++) {
            addresses.add(fields.ip("addresses[" + i + "]", wire.getAddresses(i)));
        }
        return List.copyOf(addresses);
    }

    private static Workload.NetworkMode networkMode(io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        return switch (wire.getNetworkMode()) {
            case STANDARD -> Workload.NetworkMode.STANDARD;
            case HOST_NETWORK -> Workload.NetworkMode.HOST_NETWORK;
            case UNRECOGNIZED ->
                    throw FieldDecoder.unknown("network_mode", wire.getNetworkModeValue());
        };
    }

    private static Workload.Protocol protocol(io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        return switch (wire.getTunnelProtocol()) {
            case NONE -> Workload.Protocol.TCP;
            case HBONE -> Workload.Protocol.HBONE;
            case LEGACY_ISTIO_MTLS ->
                    throw new InvalidResourceException(
                            "tunnel_protocol",
                            "LEGACY_ISTIO_MTLS",
                            "only NONE and HBONE are spoken");
            case UNRECOGNIZED ->
                    throw FieldDecoder.unknown("tunnel_protocol", wire.getTunnelProtocolValue());
        };
    }

    private static Workload.@Nullable ApplicationTunnel applicationTunnel(
            io.ztunnel.api.workload.Workload wire) throws InvalidResourceException {
        if (!wire.hasApplicationTunnel()) {
            return null;
        }
        io.ztunnel.api.workload.ApplicationTunnel tunnel = wire.getApplicationTunnel();
        Workload.ApplicationTunnel.TunnelProtocol protocol =
                switch (tunnel.getProtocol()) {
                    case NONE -> Workload.ApplicationTunnel.TunnelProtocol.NONE;
                    case PROXY -> Workload.ApplicationTunnel.TunnelProtocol.PROXY;
                    case UNRECOGNIZED ->
                            throw FieldDecoder.unknown(
                                    "application_tunnel.protocol", tunnel.getProtocolValue());
                };
        return new Workload.ApplicationTunnel(protocol, FieldDecoder.port(tunnel.getPort()));
    }

    /** For display only, so an unknown one is no reason to lose the workload. */
    private static String workloadType(io.ztunnel.api.workload.Workload wire) {
        return switch (wire.getWorkloadType()) {
            case DEPLOYMENT, UNRECOGNIZED -> "deployment";
            case CRONJOB -> "cronjob";
            case POD -> "pod";
            case JOB -> "job";
        };
    }

    private static Workload.Health status(io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        return switch (wire.getStatus()) {
            case HEALTHY -> Workload.Health.HEALTHY;
            case UNHEALTHY -> Workload.Health.UNHEALTHY;
            case UNRECOGNIZED -> throw FieldDecoder.unknown("status", wire.getStatusValue());
        };
    }

    private Workload.Locality locality(io.ztunnel.api.workload.Locality wire) {
        Workload.Locality locality =
                new Workload.Locality(
                        fields.shared(wire.getRegion()),
                        fields.shared(wire.getZone()),
                        fields.shared(wire.getSubzone()));
        return locality.isEmpty() ? Workload.Locality.NONE : fields.shared(locality);
    }

    private List<String> policies(io.ztunnel.api.workload.Workload wire) {
        return wire.getAuthorizationPoliciesCount() == 0
                ? List.of()
                : fields.shared(
                        wire.getAuthorizationPoliciesList().stream().map(fields::shared).toList());
    }

    private Map<NamespacedHostname, PortMap> services(io.ztunnel.api.workload.Workload wire)
            throws InvalidResourceException {
        Map<String, PortList> lists = wire.getServicesMap();
        Map<NamespacedHostname, PortMap> services = LinkedHashMap.newLinkedHashMap(lists.size());
        for (Map.Entry<String, PortList> entry : lists.entrySet()) {
            String key = entry.getKey();
            int slash = key.indexOf('/');
            if (slash < 0) {
                throw new InvalidResourceException(
                        "services", key, "expected namespace/hostname as the key");
            }
            NamespacedHostname name =
                    new NamespacedHostname(
                            fields.shared(key.substring(0, slash)),
                            fields.shared(key.substring(slash + 1)));
            services.put(fields.shared(name), fields.ports(entry.getValue().getPortsList()));
        }
        return switch (services.size()) {
            case 0 -> Map.of();
            case 1 -> fields.shared(Map.copyOf(services));
            default -> Collections.unmodifiableMap(services);
        };
    }

    private static int capacity(io.ztunnel.api.workload.Workload wire) {
        if (!wire.hasCapacity()) {
            return 1;
        }
        int capacity = wire.getCapacity().getValue();
        return capacity < 0 ? Integer.MAX_VALUE : capacity;
    }
}
