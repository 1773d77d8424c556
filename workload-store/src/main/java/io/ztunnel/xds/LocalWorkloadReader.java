package io.ztunnel.xds;

import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A workload as a local mesh file writes it. What istiod elides is not filled in here. */
final class LocalWorkloadReader {
    private static final Set<String> KEYS =
            Set.of(
                    "workloadIps",
                    "namespace",
                    "services",
                    "uid",
                    "name",
                    "protocol",
                    "networkMode",
                    "waypoint",
                    "networkGateway",
                    "trustDomain",
                    "serviceAccount",
                    "network",
                    "workloadName",
                    "workloadType",
                    "canonicalName",
                    "canonicalRevision",
                    "hostname",
                    "node",
                    "nativeTunnel",
                    "applicationTunnel",
                    "authorizationPolicies",
                    "status",
                    "clusterId",
                    "locality",
                    "capacity");

    private static final Map<String, Workload.Protocol> PROTOCOLS =
            Map.of("TCP", Workload.Protocol.TCP, "HBONE", Workload.Protocol.HBONE);
    private static final Map<String, Workload.NetworkMode> NETWORK_MODES =
            Map.of(
                    "Standard",
                    Workload.NetworkMode.STANDARD,
                    "HostNetwork",
                    Workload.NetworkMode.HOST_NETWORK);
    private static final Map<String, Workload.ApplicationTunnel.TunnelProtocol> TUNNELS =
            Map.of(
                    "NONE",
                    Workload.ApplicationTunnel.TunnelProtocol.NONE,
                    "PROXY",
                    Workload.ApplicationTunnel.TunnelProtocol.PROXY);

    private LocalWorkloadReader() {}

    static Workload read(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, KEYS);
        YamlNode capacity = map.optional("capacity");
        return new Workload(
                map.text("uid"),
                map.text("name"),
                map.required("namespace").text(),
                map.text("trustDomain"),
                map.text("serviceAccount"),
                YamlMap.items(map.required("workloadIps"), LocalMeshReader::ip),
                map.text("network"),
                map.oneOf("networkMode", NETWORK_MODES, Workload.NetworkMode.STANDARD),
                map.oneOf("protocol", PROTOCOLS, Workload.Protocol.TCP),
                map.flag("nativeTunnel"),
                LocalMeshReader.gateway(map.optional("waypoint")),
                LocalMeshReader.gateway(map.optional("networkGateway")),
                applicationTunnel(map.optional("applicationTunnel")),
                map.text("node"),
                map.text("clusterId"),
                map.text("canonicalName"),
                map.text("canonicalRevision"),
                map.text("workloadType"),
                map.text("workloadName"),
                map.text("hostname"),
                map.oneOf("status", LocalMeshReader.HEALTH, Workload.Health.HEALTHY),
                locality(map.optional("locality")),
                LocalMeshReader.texts(map, "authorizationPolicies"),
                services(map.required("services")),
                capacity == null ? 1 : capacity.number(Integer.MAX_VALUE));
    }

    private static Workload.@Nullable ApplicationTunnel applicationTunnel(@Nullable YamlNode node)
            throws LocalConfigException {
        if (node == null) {
            return null;
        }
        YamlMap map = YamlMap.strict(node, Set.of("protocol", "port"));
        YamlNode port = map.optional("port");
        return new Workload.ApplicationTunnel(
                map.required("protocol").oneOf(TUNNELS), port == null ? 0 : YamlMap.port(port));
    }

    private static Workload.Locality locality(@Nullable YamlNode node) throws LocalConfigException {
        if (node == null) {
            return Workload.Locality.NONE;
        }
        YamlMap map = YamlMap.strict(node, Set.of("region", "zone", "subzone"));
        return new Workload.Locality(
                map.required("region").text(),
                map.required("zone").text(),
                map.required("subzone").text());
    }

    private static Map<NamespacedHostname, PortMap> services(YamlNode node)
            throws LocalConfigException {
        Map<NamespacedHostname, PortMap> services = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.map().entrySet()) {
            YamlNode ports = entry.getValue();
            services.put(
                    LocalMeshReader.namespacedHostname(ports, entry.getKey()),
                    YamlMap.ports(ports));
        }
        return Collections.unmodifiableMap(services);
    }
}
