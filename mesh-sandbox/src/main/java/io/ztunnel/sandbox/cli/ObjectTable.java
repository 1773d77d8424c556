package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ResourceType;
import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.text.Columns;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Objects as kubectl's tables show them, without AGE: manifests do not say how old an object is.
 */
final class ObjectTable {
    private static final String NONE = "<none>";

    private ObjectTable() {}

    private record Column(String title, boolean wide, Function<KubeObject, String> value) {
        static Column of(String title, Function<KubeObject, String> value) {
            return new Column(title, false, value);
        }

        static Column wide(String title, Function<KubeObject, String> value) {
            return new Column(title, true, value);
        }
    }

    static String of(
            ResourceType type,
            List<KubeObject> objects,
            boolean namespaces,
            boolean wide,
            boolean showLabels) {
        List<Column> columns = new ArrayList<>();
        if (namespaces && type.namespaced()) {
            columns.add(Column.of("NAMESPACE", KubeObject::namespace));
        }
        columns.add(Column.of("NAME", KubeObject::name));
        columns(type.kind()).stream().filter(c -> wide || !c.wide()).forEach(columns::add);
        if (showLabels) {
            columns.add(Column.of("LABELS", ObjectTable::labels));
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(columns.stream().map(Column::title).toList());
        for (KubeObject object : objects) {
            rows.add(columns.stream().map(c -> shown(c.value().apply(object))).toList());
        }
        return Columns.format(rows);
    }

    private static List<Column> columns(String kind) {
        return switch (kind) {
            case "Namespace" -> List.of(Column.of("STATUS", namespace -> "Active"));
            case "Pod" ->
                    List.of(
                            Column.of("READY", pod -> isTrue(pod, "Ready") ? "1/1" : "0/1"),
                            Column.of("STATUS", pod -> pod.status().text("phase")),
                            Column.wide("IP", pod -> pod.status().text("podIP")),
                            Column.wide("NODE", pod -> pod.spec().text("nodeName")));
            case "Service" ->
                    List.of(
                            Column.of("TYPE", service -> service.spec().text("type")),
                            Column.of("CLUSTER-IP", service -> service.spec().text("clusterIP")),
                            Column.of("PORT(S)", ObjectTable::ports),
                            Column.wide("SELECTOR", ObjectTable::selector));
            case "Gateway" ->
                    List.of(
                            Column.of("CLASS", gw -> gw.spec().text("gatewayClassName")),
                            Column.of("ADDRESS", ObjectTable::address),
                            Column.of(
                                    "PROGRAMMED", gw -> address(gw).isEmpty() ? "False" : "True"));
            case "GatewayClass" ->
                    List.of(Column.of("CONTROLLER", c -> c.spec().text("controllerName")));
            case "Deployment", "ReplicaSet", "StatefulSet" ->
                    List.of(
                            Column.of(
                                    "REPLICAS", o -> "" + o.spec().integer("replicas").orElse(1)));
            case "ServiceEntry" ->
                    List.of(
                            Column.of("HOSTS", e -> e.spec().strings("hosts").toString()),
                            Column.of("LOCATION", e -> e.spec().text("location")),
                            Column.of("RESOLUTION", e -> e.spec().text("resolution")));
            case "WorkloadEntry" ->
                    List.of(Column.of("ADDRESS", entry -> entry.spec().text("address")));
            case "AuthorizationPolicy" ->
                    List.of(Column.of("ACTION", p -> p.spec().string("action").orElse("ALLOW")));
            case "PeerAuthentication" ->
                    List.of(Column.of("MODE", p -> p.spec().text("mtls", "mode")));
            default -> List.of();
        };
    }

    private static String shown(String text) {
        return text.isEmpty() ? NONE : text;
    }

    private static boolean isTrue(KubeObject object, String condition) {
        return object.status().trees("conditions").stream()
                .anyMatch(c -> c.text("type").equals(condition) && c.text("status").equals("True"));
    }

    private static String ports(KubeObject service) {
        return String.join(
                ",",
                service.spec().trees("ports").stream()
                        .map(
                                port ->
                                        port.integer("port").orElse(0)
                                                + "/"
                                                + port.string("protocol").orElse("TCP"))
                        .toList());
    }

    private static String address(KubeObject gateway) {
        List<Tree> addresses = gateway.status().trees("addresses");
        return addresses.isEmpty() ? "" : addresses.getFirst().text("value");
    }

    private static String selector(KubeObject service) {
        return pairs(new TreeMap<>(service.spec().stringMap("selector")));
    }

    private static String labels(KubeObject object) {
        return pairs(new TreeMap<>(object.labels()));
    }

    private static String pairs(Map<String, String> map) {
        return String.join(
                ",", map.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    }
}
