package io.ztunnel.sandbox.manifest;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks the fields that the sandbox reads, as the apiserver would. A document that breaks a rule
 * has no effect, so a rule is only for what could not be used anyway.
 */
final class ManifestRules {
    private static final String[] PROTOCOLS = {"TCP", "UDP", "SCTP"};
    private static final String[] MTLS_MODES = {"UNSET", "DISABLE", "PERMISSIVE", "STRICT"};
    static final int MAX_PORT = 65535;

    private ManifestRules() {}

    static void check(Kind kind, Fields object) {
        MetadataRules.check(object, kind);
        switch (kind) {
            case NAMESPACE, SERVICE_ACCOUNT -> {}
            case CONFIG_MAP -> configMap(object);
            case NODE -> node(object.object("spec"));
            case SERVICE -> service(object.requiredObject("spec"));
            case DEPLOYMENT, REPLICA_SET, STATEFUL_SET, DAEMON_SET ->
                    podOwner(object.requiredObject("spec"));
            case POD -> pod(object);
            case GATEWAY_CLASS -> object.requiredObject("spec").requiredString("controllerName");
            case GATEWAY -> gateway(object);
            case HTTP_ROUTE -> HttpRouteRules.check(object.requiredObject("spec"));
            case REFERENCE_GRANT -> ReferenceGrantRules.check(object.requiredObject("spec"));
            case ENDPOINT_SLICE -> EndpointRules.slice(object);
            case SERVICE_ENTRY -> EndpointRules.serviceEntry(object);
            case WORKLOAD_ENTRY -> EndpointRules.workloadEntry(object.requiredObject("spec"));
            case AUTHORIZATION_POLICY -> authorizationPolicy(object.object("spec"));
            case PEER_AUTHENTICATION -> peerAuthentication(object.object("spec"));
        }
    }

    private static void configMap(Fields object) {
        object.stringMap("data");
        if (MeshConfigText.isIn(object.tree())) {
            MeshConfigText.check(object.object("data"));
        }
    }

    private static void node(Fields spec) {
        spec.string("podCIDR");
        spec.strings("podCIDRs");
    }

    private static void service(Fields spec) {
        spec.oneOf("type", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName");
        spec.stringMap("selector");
        spec.string("clusterIP").ifPresent(ip -> clusterIp(spec, "clusterIP", ip));
        List<String> ips = spec.strings("clusterIPs");
        for (int i = 0; i < ips.size(); i++) {
            clusterIp(spec, "clusterIPs[" + i + "]", ips.get(i));
        }
        spec.strings("ipFamilies");
        spec.oneOf("ipFamilyPolicy", "SingleStack", "PreferDualStack", "RequireDualStack");
        spec.oneOf("internalTrafficPolicy", "Cluster", "Local");
        spec.string("trafficDistribution");
        spec.bool("publishNotReadyAddresses");
        List<Fields> ports = spec.objects("ports");
        boolean headless = spec.tree().text("clusterIP").equals("None");
        if (ports.isEmpty() && !headless && !spec.tree().text("type").equals("ExternalName")) {
            spec.error("ports", "a Service needs at least one port");
        }
        Set<String> names = new HashSet<>();
        for (Fields port : ports) {
            servicePort(port);
            String name = port.tree().text("name");
            if (ports.size() > 1 && name.isEmpty()) {
                port.error("name", "is missing: with several ports each needs a name");
            } else if (!names.add(name)) {
                port.error("name", "\"" + name + "\" is the name of two ports");
            }
        }
    }

    private static void servicePort(Fields port) {
        port.requiredInteger("port", 1, MAX_PORT);
        port.oneOf("protocol", PROTOCOLS);
        port.string("name");
        port.string("appProtocol");
        boolean named = port.tree().get("targetPort").filter(String.class::isInstance).isPresent();
        if (!named) {
            port.integer("targetPort", 1, MAX_PORT);
        }
    }

    private static void clusterIp(Fields spec, String field, String text) {
        if (!text.isEmpty() && !text.equals("None")) {
            ip(spec, field, text);
        }
    }

    static void ip(Fields at, String field, String text) {
        if (IpLiteral.parse(text).isEmpty()) {
            at.error(field, Fields.shown(text) + " is not an IP address");
        }
    }

    private static void podOwner(Fields spec) {
        spec.integer("replicas", 0, 1000);
        Fields selector = spec.requiredObject("selector");
        MetadataRules.selector(selector);
        Fields template = spec.requiredObject("template");
        Fields metadata = template.object("metadata");
        MetadataRules.labels(metadata);
        metadata.stringMap("annotations");
        LabelSelector labelSelector = LabelSelector.of(selector.tree());
        if (labelSelector.isEmpty()) {
            selector.error(
                    "matchLabels", "selects nothing in particular; name the template's labels");
        } else if (!labelSelector.matches(metadata.tree().stringMap("labels"))) {
            metadata.error("labels", "are not those that spec.selector selects");
        }
        podSpec(template.requiredObject("spec"));
    }

    private static void pod(Fields object) {
        podSpec(object.requiredObject("spec"));
        Fields status = object.object("status");
        status.string("podIP").ifPresent(text -> ip(status, "podIP", text));
        for (Fields podIp : status.objects("podIPs")) {
            podIp.requiredString("ip").ifPresent(text -> ip(podIp, "ip", text));
        }
    }

    private static void podSpec(Fields spec) {
        spec.string("nodeName");
        spec.string("serviceAccountName");
        spec.bool("hostNetwork");
        spec.stringMap("nodeSelector");
        List<Fields> containers = spec.objects("containers");
        if (containers.isEmpty()) {
            spec.error("containers", "a pod needs at least one container");
        }
        containers.forEach(ManifestRules::container);
        spec.objects("initContainers").forEach(ManifestRules::container);
    }

    private static void container(Fields container) {
        container.requiredString("name");
        container.string("image");
        container.strings("command");
        container.strings("args");
        for (Fields variable : container.objects("env")) {
            variable.requiredString("name");
            variable.string("value");
        }
        for (Fields port : container.objects("ports")) {
            port.requiredInteger("containerPort", 1, MAX_PORT);
            port.oneOf("protocol", PROTOCOLS);
            port.string("name");
        }
    }

    private static void gateway(Fields object) {
        Fields spec = object.requiredObject("spec");
        spec.requiredString("gatewayClassName");
        List<Fields> listeners = spec.objects("listeners");
        if (listeners.isEmpty()) {
            spec.error(
                    "listeners",
                    "a Gateway needs at least one listener; a waypoint's is {name: mesh, port:"
                            + " 15008, protocol: HBONE}");
        }
        Set<String> names = new HashSet<>();
        for (Fields listener : listeners) {
            listener.requiredString("name")
                    .filter(name -> !names.add(name))
                    .ifPresent(
                            name -> listener.error("name", "\"" + name + "\" names two listeners"));
            listener.requiredInteger("port", 1, MAX_PORT);
            listener.requiredString("protocol");
            Fields namespaces = listener.object("allowedRoutes").object("namespaces");
            namespaces.oneOf("from", "All", "Same", "Selector", "None");
            MetadataRules.selector(namespaces.object("selector"));
        }
        for (Fields address : object.object("status").objects("addresses")) {
            address.string("type");
            address.requiredString("value");
        }
    }

    private static void authorizationPolicy(Fields spec) {
        spec.oneOf("action", "ALLOW", "DENY", "AUDIT", "CUSTOM");
        spec.object("selector").stringMap("matchLabels");
        targetRef(spec.object("targetRef"));
        spec.objects("targetRefs").forEach(ManifestRules::targetRef);
        for (Fields rule : spec.objects("rules")) {
            for (Fields from : rule.objects("from")) {
                stringLists(from.requiredObject("source"));
            }
            for (Fields to : rule.objects("to")) {
                stringLists(to.requiredObject("operation"));
            }
            for (Fields when : rule.objects("when")) {
                when.requiredString("key");
                when.strings("values");
                when.strings("notValues");
            }
        }
    }

    private static void targetRef(Fields reference) {
        reference.string("group");
        reference.requiredString("kind");
        reference.requiredString("name");
    }

    private static void stringLists(Fields match) {
        match.tree().fields().keySet().forEach(match::strings);
    }

    private static void peerAuthentication(Fields spec) {
        spec.object("selector").stringMap("matchLabels");
        spec.object("mtls").oneOf("mode", MTLS_MODES);
        Fields ports = spec.object("portLevelMtls");
        for (String port : ports.tree().fields().keySet()) {
            if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > MAX_PORT) {
                ports.error(port, "expected a port number 1.." + MAX_PORT);
            }
            ports.object(port).oneOf("mode", MTLS_MODES);
        }
    }
}
