package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Origin;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What istiod's gateway deployment controller makes of a Gateway of class {@code istio-waypoint}: a
 * service account, a Deployment and a Service. Objects of these names that somebody has written
 * down stay as they are.
 */
final class WaypointController {
    static final String CLASS = "istio-waypoint";
    static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
    private static final String CLASS_NAME = "gateway.networking.k8s.io/gateway-class-name";
    private static final String MANAGED = "gateway.istio.io/managed";
    private static final String MESH_CONTROLLER = "istio.io-mesh-controller";
    private static final String NAME_OVERRIDE = "gateway.istio.io/name-override";
    private static final String SERVICE_ACCOUNT = "gateway.istio.io/service-account";
    private static final String SERVICE_TYPE = "networking.istio.io/service-type";
    private static final Set<String> NOT_COPIED =
            Set.of(
                    "kubectl.kubernetes.io/last-applied-configuration",
                    NAME_OVERRIDE,
                    SERVICE_ACCOUNT,
                    "gateway.istio.io/controller-version");
    private static final int STATUS_PORT = 15021;
    private static final int MAX_PORT_NAME = 63;

    private final Draft draft;
    private final KubeObject gateway;
    private final String name;
    private final String serviceAccount;

    private WaypointController(Draft draft, KubeObject gateway) {
        this.draft = draft;
        this.gateway = gateway;
        this.name = deploymentName(gateway);
        String account = gateway.annotation(SERVICE_ACCOUNT);
        this.serviceAccount = account.isEmpty() ? gateway.name() : account;
    }

    static void run(Draft draft) {
        draft.generate(
                KubeObject.make(
                        Kind.GATEWAY_CLASS,
                        "",
                        CLASS,
                        Origin.BUILT_IN,
                        edit -> edit.set("istio.io/mesh-controller", "spec", "controllerName")),
                Optional.empty());
        for (KubeObject gateway : draft.all(Kind.GATEWAY)) {
            draft.put(gateway.with(edit -> edit.set(listeners(gateway), "spec", "listeners")));
            if (isWaypoint(gateway)) {
                new WaypointController(draft, gateway).generate();
            }
        }
    }

    static boolean isWaypoint(KubeObject gateway) {
        return gateway.spec().text("gatewayClassName").equals(CLASS);
    }

    /** The name of the generated Deployment and Service. */
    static String deploymentName(KubeObject gateway) {
        String override = gateway.annotation(NAME_OVERRIDE);
        return override.isEmpty() ? gateway.name() : override;
    }

    private static List<Tree> listeners(KubeObject gateway) {
        return gateway.spec().trees("listeners").stream()
                .map(
                        listener ->
                                listener.edit()
                                        .setIfAbsent("Same", "allowedRoutes", "namespaces", "from")
                                        .build())
                .toList();
    }

    private void generate() {
        add(
                KubeObject.make(
                        Kind.SERVICE_ACCOUNT,
                        gateway.namespace(),
                        serviceAccount,
                        gateway.origin(),
                        edit -> edit.set(labels(), "metadata", "labels")));
        add(deployment());
        add(service());
    }

    private void add(KubeObject object) {
        if (!draft.generate(object, Optional.of(gateway))
                && object.kind() != Kind.SERVICE_ACCOUNT) {
            draft.problem(
                    Problem.warning(
                            gateway.origin(),
                            "metadata.name",
                            object.key() + " is written down elsewhere and stays as it is there"));
        }
    }

    private KubeObject service() {
        Map<String, String> annotations = new TreeMap<>(annotations());
        annotations.put("networking.istio.io/traffic-distribution", "PreferClose");
        copy(SandboxAnnotations.CLUSTER_IP, annotations);
        String type = gateway.annotation(SERVICE_TYPE);
        return KubeObject.make(
                Kind.SERVICE,
                gateway.namespace(),
                name,
                gateway.origin(),
                edit ->
                        edit.set(labels(), "metadata", "labels")
                                .set(annotations, "metadata", "annotations")
                                .set("PreferDualStack", "spec", "ipFamilyPolicy")
                                .set(servicePorts(), "spec", "ports")
                                .set(Map.of(GATEWAY_NAME, gateway.name()), "spec", "selector")
                                .set(type.isEmpty() ? "ClusterIP" : type, "spec", "type"));
    }

    private List<Map<String, Object>> servicePorts() {
        List<Map<String, Object>> ports = new ArrayList<>();
        ports.add(port("status-port", "tcp", STATUS_PORT));
        Set<Integer> seen = new LinkedHashSet<>();
        for (Tree listener : gateway.spec().trees("listeners")) {
            int port = listener.integer("port").orElse(0);
            if (port > 0 && seen.add(port)) {
                String portName = listener.text("name").replace('.', '-');
                ports.add(
                        port(
                                portName.substring(0, Math.min(portName.length(), MAX_PORT_NAME)),
                                listener.text("protocol").toLowerCase(Locale.ROOT),
                                port));
            }
        }
        return ports;
    }

    private static Map<String, Object> port(String name, String appProtocol, int port) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("appProtocol", appProtocol);
        fields.put("port", port);
        fields.put("protocol", "TCP");
        fields.put("targetPort", port);
        return fields;
    }

    private KubeObject deployment() {
        Map<String, String> podLabels = new TreeMap<>();
        podLabels.put("sidecar.istio.io/inject", "false");
        podLabels.put("istio.io/dataplane-mode", "none");
        podLabels.put("service.istio.io/canonical-name", name);
        podLabels.put("service.istio.io/canonical-revision", "latest");
        podLabels.putAll(labels());
        Map<String, String> podAnnotations = new TreeMap<>(annotations());
        podAnnotations.putIfAbsent("istio.io/rev", "default");
        copy(SandboxAnnotations.POD_IP, podAnnotations);
        copy(SandboxAnnotations.NODE, podAnnotations);
        copy(SandboxAnnotations.READY, podAnnotations);
        return KubeObject.make(
                Kind.DEPLOYMENT,
                gateway.namespace(),
                name,
                gateway.origin(),
                edit ->
                        edit.set(labels(), "metadata", "labels")
                                .set(annotations(), "metadata", "annotations")
                                .set(
                                        Map.of(GATEWAY_NAME, gateway.name()),
                                        "spec",
                                        "selector",
                                        "matchLabels")
                                .set(podLabels, "spec", "template", "metadata", "labels")
                                .set(podAnnotations, "spec", "template", "metadata", "annotations")
                                .set(
                                        serviceAccount,
                                        "spec",
                                        "template",
                                        "spec",
                                        "serviceAccountName")
                                .set(
                                        List.of(container()),
                                        "spec",
                                        "template",
                                        "spec",
                                        "containers"));
    }

    private static Map<String, Object> container() {
        Map<String, Object> container = new LinkedHashMap<>();
        container.put("name", "istio-proxy");
        container.put("image", "istio/proxyv2:waypoint");
        container.put("args", List.of("proxy", "waypoint"));
        container.put(
                "ports",
                List.of(
                        containerPort("metrics", 15020),
                        containerPort("status-port", STATUS_PORT),
                        containerPort("http-envoy-prom", 15090)));
        return container;
    }

    private static Map<String, Object> containerPort(String name, int port) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("containerPort", port);
        fields.put("protocol", "TCP");
        return fields;
    }

    private Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>(infrastructure("labels", gateway.labels()));
        labels.put(GATEWAY_NAME, gateway.name());
        labels.put(CLASS_NAME, CLASS);
        labels.put(MANAGED, MESH_CONTROLLER);
        return labels;
    }

    private Map<String, String> annotations() {
        Map<String, String> annotations =
                new TreeMap<>(infrastructure("annotations", gateway.annotations()));
        annotations
                .keySet()
                .removeIf(
                        key ->
                                NOT_COPIED.contains(key)
                                        || key.startsWith(SandboxAnnotations.PREFIX));
        return annotations;
    }

    /** What the Gateway names for its generated objects, or else its own. */
    private Map<String, String> infrastructure(String field, Map<String, String> own) {
        Tree infrastructure = gateway.spec().tree("infrastructure");
        return infrastructure.has(field) ? infrastructure.stringMap(field) : own;
    }

    private void copy(String annotation, Map<String, String> into) {
        if (gateway.annotations().containsKey(annotation)) {
            into.put(annotation, gateway.annotation(annotation));
        }
    }
}
