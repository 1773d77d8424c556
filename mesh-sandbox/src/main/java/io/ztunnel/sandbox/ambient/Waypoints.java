package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.NamespacedHostname;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Every Gateway that counts as a waypoint: any with a status address, whatever its class, as in
 * istiod.
 */
final class Waypoints {
    static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
    private static final String WAYPOINT_FOR = "istio.io/waypoint-for";
    private static final String WAYPOINT_CLASS = "istio-waypoint";
    private static final String WAYPOINT_CONTROLLER = "istio.io/mesh-controller";

    private final SortedMap<String, Waypoint> byKey = new TreeMap<>();

    Waypoints(MeshObjects objects, Consumer<Problem> problems) {
        Map<String, List<String>> accounts = serviceAccounts(objects);
        for (KubeObject gateway : objects.all(Kind.GATEWAY)) {
            if (!gateway.status().list("addresses").isEmpty()) {
                Waypoint waypoint = read(gateway, objects, accounts);
                byKey.put(waypoint.key(), waypoint);
                warn(gateway, waypoint, objects, problems);
            }
        }
    }

    Optional<Waypoint> find(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    List<Waypoint> all() {
        return List.copyOf(byKey.values());
    }

    /** Of the pods of each Gateway, by its namespace/name; one for each pod. */
    private static Map<String, List<String>> serviceAccounts(MeshObjects objects) {
        Map<String, List<String>> accounts = new HashMap<>();
        for (KubeObject pod : objects.all(Kind.POD)) {
            String gateway = pod.labels().get(GATEWAY_NAME);
            if (gateway != null) {
                accounts.computeIfAbsent(pod.namespace() + "/" + gateway, key -> new ArrayList<>())
                        .add(pod.spec().text("serviceAccountName"));
            }
        }
        return accounts;
    }

    private static Waypoint read(
            KubeObject gateway, MeshObjects objects, Map<String, List<String>> accounts) {
        Optional<KubeObject> gatewayClass = gatewayClass(gateway, objects);
        String trafficType =
                Optional.ofNullable(gateway.labels().get(WAYPOINT_FOR))
                        .or(() -> gatewayClass.map(c -> c.labels().get(WAYPOINT_FOR)))
                        .orElse("service");
        Optional<InboundBinding> binding =
                Optional.ofNullable(gateway.annotations().get(InboundBinding.ANNOTATION))
                        .or(
                                () ->
                                        gatewayClass.map(
                                                c ->
                                                        c.annotations()
                                                                .get(InboundBinding.ANNOTATION)))
                        .flatMap(InboundBinding::parse);
        String key = gateway.namespace() + "/" + gateway.name();
        return new Waypoint(
                gateway.namespace(),
                gateway.name(),
                address(gateway, objects.network()),
                Waypoint.TrafficType.of(trafficType),
                binding,
                AllowedRoutes.of(gateway, binding),
                accounts.getOrDefault(key, List.of()).stream().sorted().toList());
    }

    private static Optional<KubeObject> gatewayClass(KubeObject gateway, MeshObjects objects) {
        return objects.named(Kind.GATEWAY_CLASS, gateway.spec().text("gatewayClassName"));
    }

    /** A host name goes before any IP address. */
    private static Optional<GatewayAddress> address(KubeObject gateway, String network) {
        List<Tree> addresses = gateway.status().trees("addresses");
        Optional<GatewayAddress.Builder> hostname =
                ofType(addresses, "Hostname").stream()
                        .findFirst()
                        .map(
                                value ->
                                        GatewayAddress.newBuilder()
                                                .setHostname(
                                                        NamespacedHostname.newBuilder()
                                                                .setNamespace(gateway.namespace())
                                                                .setHostname(value)));
        return hostname.or(() -> ip(addresses, network))
                .map(address -> address.setHboneMtlsPort(Waypoint.HBONE_PORT).build());
    }

    private static Optional<GatewayAddress.Builder> ip(List<Tree> addresses, String network) {
        return ofType(addresses, "IPAddress").stream()
                .flatMap(value -> IpLiteral.parse(value).stream())
                .findFirst()
                .map(
                        bytes ->
                                GatewayAddress.newBuilder()
                                        .setAddress(
                                                NetworkAddress.newBuilder()
                                                        .setNetwork(network)
                                                        .setAddress(ByteString.copyFrom(bytes))));
    }

    private static List<String> ofType(List<Tree> addresses, String type) {
        return addresses.stream()
                .filter(address -> address.text("type").equals(type))
                .map(address -> address.text("value"))
                .toList();
    }

    private static void warn(
            KubeObject gateway,
            Waypoint waypoint,
            MeshObjects objects,
            Consumer<Problem> problems) {
        if (waypoint.address().isEmpty()) {
            problems.accept(
                    Problem.warning(
                            gateway.origin(),
                            "status.addresses",
                            "none that ztunnel could use: whatever is bound to "
                                    + waypoint.key()
                                    + " is reached directly"));
        }
        boolean isWaypointClass =
                gatewayClass(gateway, objects)
                        .map(c -> c.spec().text("controllerName").equals(WAYPOINT_CONTROLLER))
                        // istiod makes this one where it is missing
                        .orElse(gateway.spec().text("gatewayClassName").equals(WAYPOINT_CLASS));
        if (!isWaypointClass) {
            problems.accept(
                    Problem.warning(
                            gateway.origin(),
                            "spec.gatewayClassName",
                            "\""
                                    + gateway.spec().text("gatewayClassName")
                                    + "\" is no waypoint class, yet labels can send traffic to "
                                    + waypoint.key()));
        }
    }
}
