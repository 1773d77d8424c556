package io.ztunnel.xds;

import io.ztunnel.store.Cidr;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The document of a local mesh, and the values that its parts share. */
final class LocalMeshReader {
    static final Map<String, Workload.Health> HEALTH =
            Map.of("Healthy", Workload.Health.HEALTHY, "Unhealthy", Workload.Health.UNHEALTHY);

    LocalMesh read(YamlNode root) throws LocalConfigException {
        YamlMap top = YamlMap.strict(root, Set.of("workloads", "policies", "services"));
        List<LocalServiceReader.Read> services = top.list("services", LocalServiceReader::read);
        return new LocalMesh(
                top.list("workloads", LocalWorkloadReader::read),
                services.stream().map(LocalServiceReader.Read::service).toList(),
                top.list("policies", LocalPolicyReader::read),
                services.stream().flatMap(s -> s.endpoints().stream()).toList());
    }

    static IpAddress ip(YamlNode node) throws LocalConfigException {
        try {
            return IpAddress.parse(node.text());
        } catch (IllegalArgumentException e) {
            throw node.error(String.valueOf(e.getMessage()));
        }
    }

    static Cidr cidr(YamlNode node) throws LocalConfigException {
        try {
            return Cidr.parse(node.text());
        } catch (IllegalArgumentException e) {
            throw node.error(String.valueOf(e.getMessage()));
        }
    }

    /** {@code network/ip}; the default network is the empty text before the slash. */
    static NetworkAddress networkAddress(YamlNode node) throws LocalConfigException {
        String text = node.text();
        int slash = text.indexOf('/');
        IpAddress ip = slash < 0 ? null : literal(text.substring(slash + 1));
        if (ip == null) {
            throw node.error("\"" + text + "\" is not network/ip (/ip in the default network)");
        }
        return new NetworkAddress(text.substring(0, slash), ip);
    }

    static NamespacedHostname namespacedHostname(YamlNode node, String text)
            throws LocalConfigException {
        if (text.indexOf('/') < 0) {
            throw node.error("\"" + text + "\" is not namespace/hostname");
        }
        return NamespacedHostname.parse(text);
    }

    static @Nullable GatewayAddress gateway(@Nullable YamlNode node) throws LocalConfigException {
        if (node == null) {
            return null;
        }
        YamlMap map = YamlMap.strict(node, Set.of("destination", "hboneMtlsPort"));
        YamlNode destination = map.required("destination");
        String text = destination.text();
        int slash = text.indexOf('/');
        IpAddress ip = slash < 0 ? null : literal(text.substring(slash + 1));
        return new GatewayAddress(
                ip == null
                        ? new GatewayAddress.ByHostname(namespacedHostname(destination, text))
                        : new GatewayAddress.ByAddress(
                                new NetworkAddress(text.substring(0, slash), ip)),
                YamlMap.port(map.required("hboneMtlsPort")));
    }

    private static @Nullable IpAddress literal(String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static List<String> texts(YamlMap map, String key) throws LocalConfigException {
        return map.list(key, YamlNode::text);
    }
}
