package io.ztunnel.xds;

import io.ztunnel.store.Endpoint;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.LoadBalancing;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A service as a local mesh file writes it. */
final class LocalServiceReader {
    private static final Set<String> KEYS =
            Set.of(
                    "name",
                    "namespace",
                    "hostname",
                    "vips",
                    "cidrVips",
                    "ports",
                    "endpoints",
                    "subjectAltNames",
                    "waypoint",
                    "weightedWaypoints",
                    "loadBalancer",
                    "ipFamilies",
                    "canonical",
                    "visibility");

    private static final Map<String, Service.IpFamilies> IP_FAMILIES =
            Map.of(
                    "Dual",
                    Service.IpFamilies.DUAL,
                    "IPv4",
                    Service.IpFamilies.IPV4_ONLY,
                    "IPv6",
                    Service.IpFamilies.IPV6_ONLY);
    private static final Map<String, Service.Visibility> VISIBILITIES =
            Map.of("Public", Service.Visibility.PUBLIC, "Namespace", Service.Visibility.NAMESPACE);
    private static final Map<String, LoadBalancing.Scope> SCOPES =
            Map.of(
                    "Region", LoadBalancing.Scope.REGION,
                    "Zone", LoadBalancing.Scope.ZONE,
                    "Subzone", LoadBalancing.Scope.SUBZONE,
                    "Node", LoadBalancing.Scope.NODE,
                    "Cluster", LoadBalancing.Scope.CLUSTER,
                    "Network", LoadBalancing.Scope.NETWORK);
    private static final Map<String, LoadBalancing.Mode> MODES =
            Map.of(
                    "Standard", LoadBalancing.Mode.STANDARD,
                    "Strict", LoadBalancing.Mode.STRICT,
                    "Failover", LoadBalancing.Mode.FAILOVER,
                    "Passthrough", LoadBalancing.Mode.PASSTHROUGH);
    private static final Map<String, LoadBalancing.HealthPolicy> HEALTH_POLICIES =
            Map.of(
                    "OnlyHealthy",
                    LoadBalancing.HealthPolicy.ONLY_HEALTHY,
                    "AllowAll",
                    LoadBalancing.HealthPolicy.ALLOW_ALL);

    private LocalServiceReader() {}

    /**
     * @param endpoints that the service lists itself
     */
    record Read(Service service, List<MeshUpdate.PutEndpoint> endpoints) {}

    static Read read(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, KEYS);
        Service service =
                new Service(
                        map.required("name").text(),
                        map.required("namespace").text(),
                        map.required("hostname").text(),
                        YamlMap.items(map.required("vips"), LocalMeshReader::networkAddress),
                        map.list("cidrVips", LocalServiceReader::cidrVip),
                        YamlMap.ports(map.required("ports")),
                        LocalMeshReader.texts(map, "subjectAltNames"),
                        LocalMeshReader.gateway(map.optional("waypoint")),
                        map.list("weightedWaypoints", LocalServiceReader::weightedWaypoint),
                        loadBalancing(map.optional("loadBalancer")),
                        map.oneOf("ipFamilies", IP_FAMILIES, Service.IpFamilies.AUTOMATIC),
                        map.flag("canonical"),
                        map.oneOf("visibility", VISIBILITIES, Service.Visibility.PUBLIC));
        List<MeshUpdate.PutEndpoint> endpoints = new ArrayList<>();
        YamlNode listed = map.optional("endpoints");
        if (listed != null) {
            for (YamlNode endpoint : listed.map().values()) {
                endpoints.add(new MeshUpdate.PutEndpoint(service.key(), endpoint(endpoint)));
            }
        }
        return new Read(service, endpoints);
    }

    private static Service.NetworkCidr cidrVip(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, Set.of("network", "cidr"));
        return new Service.NetworkCidr(
                map.text("network"), LocalMeshReader.cidr(map.required("cidr")));
    }

    private static Service.WeightedWaypoint weightedWaypoint(YamlNode node)
            throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, Set.of("destination", "weight"));
        GatewayAddress destination = LocalMeshReader.gateway(map.required("destination"));
        if (destination == null) {
            throw node.error("the key destination is missing");
        }
        return new Service.WeightedWaypoint(
                destination, map.required("weight").number(Integer.MAX_VALUE));
    }

    private static @Nullable LoadBalancing loadBalancing(@Nullable YamlNode node)
            throws LocalConfigException {
        if (node == null) {
            return null;
        }
        YamlMap map = YamlMap.strict(node, Set.of("routingPreferences", "mode", "healthPolicy"));
        return new LoadBalancing(
                YamlMap.items(map.required("routingPreferences"), item -> item.oneOf(SCOPES)),
                map.required("mode").oneOf(MODES),
                map.required("healthPolicy").oneOf(HEALTH_POLICIES));
    }

    private static Endpoint endpoint(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, Set.of("workloadUid", "port", "status"));
        return new Endpoint(
                map.required("workloadUid").text(),
                YamlMap.ports(map.required("port")),
                map.required("status").oneOf(LocalMeshReader.HEALTH));
    }
}
