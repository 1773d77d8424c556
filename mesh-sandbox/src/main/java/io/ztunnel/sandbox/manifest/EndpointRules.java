package io.ztunnel.sandbox.manifest;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is asked of the objects that name endpoints by themselves, not by selecting pods. */
final class EndpointRules {
    private static final String[] RESOLUTIONS = {
        "NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"
    };
    private static final int MAX_WEIGHT = Integer.MAX_VALUE;
    private static final int MAX_LENGTH = 128;

    private EndpointRules() {}

    static void serviceEntry(Fields object) {
        Fields spec = object.requiredObject("spec");
        List<String> hosts = spec.strings("hosts");
        if (hosts.isEmpty()) {
            spec.error("hosts", "a ServiceEntry needs at least one host");
        }
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).isEmpty() || hosts.get(i).equals("*")) {
                spec.error("hosts[" + i + "]", Fields.shown(hosts.get(i)) + " is not a host name");
            }
        }
        List<String> addresses = spec.strings("addresses");
        for (int i = 0; i < addresses.size(); i++) {
            cidr(spec, "addresses[" + i + "]", addresses.get(i));
        }
        spec.oneOf("resolution", RESOLUTIONS);
        spec.oneOf("location", "MESH_EXTERNAL", "MESH_INTERNAL");
        spec.strings("subjectAltNames");
        spec.object("workloadSelector").stringMap("labels");
        List<Fields> endpoints = spec.objects("endpoints");
        endpoints.forEach(EndpointRules::workloadEntry);
        if (!endpoints.isEmpty() && spec.has("workloadSelector")) {
            spec.error("endpoints", "a ServiceEntry has endpoints or a workloadSelector, not both");
        }
        ports(spec);
        for (Fields address : object.object("status").objects("addresses")) {
            address.requiredString("value")
                    .ifPresent(text -> ManifestRules.ip(address, "value", text));
            address.string("host");
        }
    }

    private static void ports(Fields spec) {
        Set<String> names = new HashSet<>();
        Set<Integer> numbers = new HashSet<>();
        for (Fields port : spec.objects("ports")) {
            port.requiredString("name")
                    .filter(name -> !names.add(name))
                    .ifPresent(name -> port.error("name", "\"" + name + "\" names two ports"));
            port.require("number");
            port.integer("number", 1, ManifestRules.MAX_PORT)
                    .filter(number -> !numbers.add(number))
                    .ifPresent(number -> port.error("number", number + " is there twice"));
            port.integer("targetPort", 1, ManifestRules.MAX_PORT);
            port.string("protocol");
        }
    }

    /** A WorkloadEntry's spec, which is also an endpoint of a ServiceEntry. */
    static void workloadEntry(Fields spec) {
        spec.string("address");
        if (!spec.has("address") && !spec.has("network")) {
            spec.error("address", "is missing");
        }
        MetadataRules.labels(spec);
        spec.string("network");
        spec.string("locality");
        spec.string("serviceAccount");
        spec.integer("weight", 0, MAX_WEIGHT);
        Fields ports = spec.object("ports");
        for (String name : ports.tree().fields().keySet()) {
            ports.integer(name, 1, ManifestRules.MAX_PORT);
        }
    }

    static void slice(Fields object) {
        object.require("addressType");
        object.oneOf("addressType", "IPv4", "IPv6", "FQDN");
        boolean named = object.tree().text("addressType").equals("FQDN");
        for (Fields endpoint : object.objects("endpoints")) {
            List<String> addresses = endpoint.strings("addresses");
            if (addresses.isEmpty()) {
                endpoint.error("addresses", "an endpoint needs at least one address");
            }
            for (int i = 0; i < addresses.size() && !named; i++) {
                ManifestRules.ip(endpoint, "addresses[" + i + "]", addresses.get(i));
            }
            Fields conditions = endpoint.object("conditions");
            conditions.bool("ready");
            Fields target = endpoint.object("targetRef");
            target.string("kind");
            target.string("namespace");
            target.string("name");
            target.string("uid");
        }
        for (Fields port : object.objects("ports")) {
            port.string("name");
            port.oneOf("protocol", "TCP", "UDP", "SCTP");
            port.integer("port", 1, ManifestRules.MAX_PORT);
        }
    }

    private static void cidr(Fields at, String field, String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        String length = slash < 0 ? "0" : text.substring(slash + 1);
        boolean isLength = length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= MAX_LENGTH;
        if (IpLiteral.parse(address).isEmpty() || !isLength) {
            at.error(field, Fields.shown(text) + " is neither an IP address nor a CIDR block");
        }
    }
}
