package io.ztunnel.xds;

import io.ztunnel.store.Cidr;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** From the wire's service to ours: checks every field. */
final class ServiceDecoder {
    private final FieldDecoder fields;

    ServiceDecoder(FieldDecoder fields) {
        this.fields = fields;
    }

    Service decode(io.ztunnel.api.workload.Service wire) throws InvalidResourceException {
        List<NetworkAddress> vips = new ArrayList<>();
        List<Service.NetworkCidr> cidrVips = new ArrayList<>();
        for (int i = 0; i < wire.getAddressesCount(); i++) {
            addVip("addresses[" + i + "]", wire.getAddresses(i), vips, cidrVips);
        }
        return new Service(
                fields.shared(wire.getName()),
                fields.shared(wire.getNamespace()),
                fields.shared(wire.getHostname()),
                List.copyOf(vips),
                List.copyOf(cidrVips),
                fields.ports(wire.getPortsList()),
                List.copyOf(wire.getSubjectAltNamesList()),
                fields.gateway("waypoint", wire.hasWaypoint(), wire.getWaypoint()),
                weightedWaypoints(wire),
                wire.hasLoadBalancing() ? loadBalancing(wire.getLoadBalancing()) : null,
                ipFamilies(wire),
                wire.getCanonical(),
                visibility(wire));
    }

    private void addVip(
            String field,
            io.ztunnel.api.workload.NetworkAddress wire,
            List<NetworkAddress> vips,
            List<Service.NetworkCidr> cidrVips)
            throws InvalidResourceException {
        if (!wire.hasLength()) {
            vips.add(fields.networkAddress(field, wire));
            return;
        }
        Cidr cidr = fields.cidr(field, wire.getAddress(), wire.getLength());
        if (cidr.prefixLength() == cidr.address().bits()) {
            vips.add(fields.networkAddress(field, wire));
        } else {
            cidrVips.add(new Service.NetworkCidr(fields.shared(wire.getNetwork()), cidr));
        }
    }

    private List<Service.WeightedWaypoint> weightedWaypoints(io.ztunnel.api.workload.Service wire)
            throws InvalidResourceException {
        List<Service.WeightedWaypoint> waypoints = new ArrayList<>();
        for (int i = 0; i < wire.getWeightedWaypointsCount(); i++) {
            io.ztunnel.api.workload.WeightedWaypoint waypoint = wire.getWeightedWaypoints(i);
            String field = "weighted_waypoints[" + i + "].destination";
            int weight = waypoint.getWeight();
            waypoints.add(
                    new Service.WeightedWaypoint(
                            fields.gateway(field, waypoint.getDestination()),
                            weight < 0 ? Integer.MAX_VALUE : weight));
        }
        return List.copyOf(waypoints);
    }

    private Service.@Nullable LoadBalancing loadBalancing(
            io.ztunnel.api.workload.LoadBalancing wire) throws InvalidResourceException {
        List<Service.LoadBalancing.Scope> preferences = new ArrayList<>();
        for (int i = 0; i < wire.getRoutingPreferenceCount(); i++) {
            preferences.add(scope("load_balancing.routing_preference[" + i + "]", wire, i));
        }
        Service.LoadBalancing.Mode mode =
                switch (wire.getMode()) {
                    case UNSPECIFIED_MODE -> Service.LoadBalancing.Mode.STANDARD;
                    case STRICT -> Service.LoadBalancing.Mode.STRICT;
                    case FAILOVER -> Service.LoadBalancing.Mode.FAILOVER;
                    case PASSTHROUGH -> Service.LoadBalancing.Mode.PASSTHROUGH;
                    case UNRECOGNIZED ->
                            throw FieldDecoder.unknown("load_balancing.mode", wire.getModeValue());
                };
        Service.LoadBalancing.HealthPolicy healthPolicy =
                switch (wire.getHealthPolicy()) {
                    case ONLY_HEALTHY -> Service.LoadBalancing.HealthPolicy.ONLY_HEALTHY;
                    case ALLOW_ALL -> Service.LoadBalancing.HealthPolicy.ALLOW_ALL;
                    case UNRECOGNIZED ->
                            throw FieldDecoder.unknown(
                                    "load_balancing.health_policy", wire.getHealthPolicyValue());
                };
        return fields.shared(
                new Service.LoadBalancing(List.copyOf(preferences), mode, healthPolicy));
    }

    private static Service.LoadBalancing.Scope scope(
            String field, io.ztunnel.api.workload.LoadBalancing wire, int index)
            throws InvalidResourceException {
        return switch (wire.getRoutingPreference(index)) {
            case REGION -> Service.LoadBalancing.Scope.REGION;
            case ZONE -> Service.LoadBalancing.Scope.ZONE;
            case SUBZONE -> Service.LoadBalancing.Scope.SUBZONE;
            case NODE -> Service.LoadBalancing.Scope.NODE;
            case CLUSTER -> Service.LoadBalancing.Scope.CLUSTER;
            case NETWORK -> Service.LoadBalancing.Scope.NETWORK;
            case UNSPECIFIED_SCOPE ->
                    throw new InvalidResourceException(
                            field, "UNSPECIFIED_SCOPE", "a preference must say what to prefer");
            case UNRECOGNIZED ->
                    throw FieldDecoder.unknown(field, wire.getRoutingPreferenceValue(index));
        };
    }

    private static Service.IpFamilies ipFamilies(io.ztunnel.api.workload.Service wire)
            throws InvalidResourceException {
        return switch (wire.getIpFamilies()) {
            case AUTOMATIC -> Service.IpFamilies.AUTOMATIC;
            case IPV4_ONLY -> Service.IpFamilies.IPV4_ONLY;
            case IPV6_ONLY -> Service.IpFamilies.IPV6_ONLY;
            case DUAL -> Service.IpFamilies.DUAL;
            case UNRECOGNIZED ->
                    throw FieldDecoder.unknown("ip_families", wire.getIpFamiliesValue());
        };
    }

    /** An unknown visibility counts as public: a newer istiod must not hide services from us. */
    private static Service.Visibility visibility(io.ztunnel.api.workload.Service wire) {
        return switch (wire.getVisibility()) {
            case PUBLIC, UNRECOGNIZED -> Service.Visibility.PUBLIC;
            case NAMESPACE -> Service.Visibility.NAMESPACE;
        };
    }
}
