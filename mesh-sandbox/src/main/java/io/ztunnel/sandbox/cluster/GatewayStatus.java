package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The addresses that a waypoint Gateway reports: those of its Service, from the moment that the
 * Service has a ready endpoint. They are not taken back when the endpoints go, so that traffic then
 * fails instead of passing the waypoint.
 */
final class GatewayStatus {
    private static final String ADDRESS_TYPE = "networking.istio.io/address-type";

    /** Stands for the way into another network, which somebody else runs. */
    private static final String REMOTE_CLASS = "istio-remote";

    private static final String IP = "IPAddress";
    private static final String HOSTNAME = "Hostname";

    private GatewayStatus() {}

    /**
     * Returns what is reported, by namespace/name, in the form of {@link ClusterMemory#gateways}.
     */
    static SortedMap<String, List<String>> complete(Draft draft) {
        SortedMap<String, List<String>> reported = new TreeMap<>();
        for (KubeObject gateway : draft.all(Kind.GATEWAY)) {
            if (gateway.status().has("addresses")) {
                draft.put(
                        gateway.with(
                                edit -> edit.set(typed(gateway.status()), "status", "addresses")));
                continue;
            }
            if (gateway.spec().text("gatewayClassName").equals(REMOTE_CLASS)) {
                draft.put(
                        gateway.with(
                                edit -> edit.set(typed(gateway.spec()), "status", "addresses")));
            }
            if (!WaypointController.isWaypoint(gateway)) {
                continue;
            }
            List<String> addresses =
                    current(draft, gateway)
                            .orElseGet(
                                    () ->
                                            draft.before()
                                                    .gateways()
                                                    .getOrDefault(Draft.name(gateway), List.of()));
            if (!addresses.isEmpty()) {
                reported.put(Draft.name(gateway), addresses);
                List<Map<String, String>> status =
                        addresses.stream().map(GatewayStatus::address).toList();
                draft.put(gateway.with(edit -> edit.set(status, "status", "addresses")));
            }
        }
        return reported;
    }

    private static List<Tree> typed(Tree specOrStatus) {
        return specOrStatus.trees("addresses").stream()
                .map(address -> address.edit().setIfAbsent(IP, "type").build())
                .toList();
    }

    private static Optional<List<String>> current(Draft draft, KubeObject gateway) {
        String name = WaypointController.deploymentName(gateway);
        return draft.find(Kind.SERVICE, gateway.namespace(), name)
                .filter(service -> hasReadyEndpoint(draft, service))
                .map(service -> addresses(draft, gateway, service));
    }

    private static List<String> addresses(Draft draft, KubeObject gateway, KubeObject service) {
        List<String> addresses = new ArrayList<>();
        String only = gateway.annotation(ADDRESS_TYPE);
        if (!only.equals(HOSTNAME)) {
            service.spec().strings("clusterIPs").stream()
                    .filter(ip -> IpFamily.ofAddress(ip).isPresent())
                    .sorted()
                    .forEach(ip -> addresses.add(IP + "=" + ip));
        }
        if (!only.equals(IP)) {
            addresses.add(
                    HOSTNAME
                            + "="
                            + service.name()
                            + "."
                            + service.namespace()
                            + ".svc."
                            + draft.settings().clusterDomain());
        }
        return addresses;
    }

    private static boolean hasReadyEndpoint(Draft draft, KubeObject service) {
        Map<String, String> selector = service.spec().stringMap("selector");
        return !selector.isEmpty()
                && draft.all(Kind.POD).stream()
                        .filter(pod -> pod.namespace().equals(service.namespace()))
                        .filter(pod -> LabelSelector.isSubset(selector, pod.labels()))
                        .anyMatch(GatewayStatus::isReady);
    }

    private static boolean isReady(KubeObject pod) {
        return pod.status().has("podIP")
                && pod.status().trees("conditions").stream()
                        .anyMatch(
                                condition ->
                                        condition.text("type").equals("Ready")
                                                && condition.text("status").equals("True"));
    }

    private static Map<String, String> address(String typeAndValue) {
        int cut = typeAndValue.indexOf('=');
        Map<String, String> address = new LinkedHashMap<>();
        address.put("type", typeAndValue.substring(0, Math.max(cut, 0)));
        address.put("value", typeAndValue.substring(cut + 1));
        return address;
    }
}
