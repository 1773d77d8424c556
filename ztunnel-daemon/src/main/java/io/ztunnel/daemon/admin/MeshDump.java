package io.ztunnel.daemon.admin;

import com.fasterxml.jackson.core.JsonGenerator;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.store.Cidr;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Workloads, services and policies as JSON in the form that istioctl reads. Keys are in
 * alphabetical order; what the reference omits when empty is omitted.
 */
final class MeshDump {
    private final JsonGenerator json;

    MeshDump(JsonGenerator json) {
        this.json = json;
    }

    void workload(Workload workload) throws IOException {
        json.writeStartObject();
        Workload.ApplicationTunnel tunnel = workload.applicationTunnel();
        if (tunnel != null) {
            json.writeObjectFieldStart("applicationTunnel");
            if (tunnel.port() == 0) {
                json.writeNullField("port");
            } else {
                json.writeNumberField("port", tunnel.port());
            }
            json.writeStringField("protocol", tunnel.protocol().name());
            json.writeEndObject();
        }
        if (!workload.authorizationPolicies().isEmpty()) {
            strings("authorizationPolicies", workload.authorizationPolicies());
        }
        text("canonicalName", workload.canonicalName());
        text("canonicalRevision", workload.canonicalRevision());
        json.writeNumberField("capacity", Integer.toUnsignedLong(workload.capacity()));
        json.writeStringField("clusterId", workload.clusterId());
        text("hostname", workload.hostname());
        if (!workload.locality().isEmpty()) {
            json.writeObjectFieldStart("locality");
            json.writeStringField("region", workload.locality().region());
            json.writeStringField("subzone", workload.locality().subzone());
            json.writeStringField("zone", workload.locality().zone());
            json.writeEndObject();
        }
        json.writeStringField("name", workload.name());
        json.writeStringField("namespace", workload.namespace());
        if (workload.nativeTunnel()) {
            json.writeBooleanField("nativeTunnel", true);
        }
        text("network", workload.network());
        gateway("networkGateway", workload.networkGateway());
        json.writeStringField(
                "networkMode",
                switch (workload.networkMode()) {
                    case STANDARD -> "Standard";
                    case HOST_NETWORK -> "HostNetwork";
                });
        text("node", workload.node());
        json.writeStringField("protocol", workload.protocol().name());
        text("serviceAccount", workload.serviceAccount());
        if (!workload.services().isEmpty()) {
            strings(
                    "services",
                    workload.services().keySet().stream()
                            .map(NamespacedHostname::toString)
                            .sorted()
                            .toList());
        }
        json.writeStringField("status", health(workload.status()));
        text("trustDomain", workload.trustDomain());
        text("uid", workload.uid());
        gateway("waypoint", workload.waypoint());
        strings("workloadIps", workload.addresses());
        text("workloadName", workload.workloadName());
        text("workloadType", workload.workloadType());
        json.writeEndObject();
    }

    void service(Service service, Map<String, Endpoint> endpoints) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("canonical", service.canonical());
        if (!service.cidrVips().isEmpty()) {
            json.writeArrayFieldStart("cidrVips");
            for (Service.NetworkCidr vip : service.cidrVips()) {
                json.writeStartObject();
                json.writeStringField("cidr", vip.cidr().toString());
                json.writeStringField("network", vip.network());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeFieldName("endpoints");
        endpoints(endpoints);
        json.writeStringField("hostname", service.hostname());
        switch (service.ipFamilies()) {
            case AUTOMATIC -> {}
            case IPV4_ONLY -> json.writeStringField("ipFamilies", "IPv4");
            case IPV6_ONLY -> json.writeStringField("ipFamilies", "IPv6");
            case DUAL -> json.writeStringField("ipFamilies", "Dual");
        }
        LoadBalancing balancing = service.loadBalancing();
        if (balancing != null) {
            json.writeObjectFieldStart("loadBalancer");
            json.writeStringField(
                    "healthPolicy",
                    switch (balancing.healthPolicy()) {
                        case ONLY_HEALTHY -> "OnlyHealthy";
                        case ALLOW_ALL -> "AllowAll";
                    });
            json.writeStringField("mode", capitalized(balancing.mode()));
            strings(
                    "routingPreferences",
                    balancing.preferences().stream().map(MeshDump::capitalized).toList());
            json.writeEndObject();
        }
        json.writeStringField("name", service.name());
        json.writeStringField("namespace", service.namespace());
        json.writeFieldName("ports");
        ports(service.ports());
        strings("subjectAltNames", service.subjectAltNames());
        strings("vips", service.vips());
        json.writeStringField("visibility", capitalized(service.visibility()));
        gateway("waypoint", service.waypoint());
        if (!service.weightedWaypoints().isEmpty()) {
            json.writeArrayFieldStart("weightedWaypoints");
            for (Service.WeightedWaypoint waypoint : service.weightedWaypoints()) {
                json.writeStartObject();
                gateway("destination", waypoint.destination());
                json.writeNumberField("weight", Integer.toUnsignedLong(waypoint.weight()));
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** An object from workload uid to endpoint. */
    void endpoints(Map<String, Endpoint> endpoints) throws IOException {
        json.writeStartObject();
        for (String uid : endpoints.keySet().stream().sorted().toList()) {
            Endpoint endpoint = endpoints.get(uid);
            if (endpoint == null) {
                continue;
            }
            json.writeObjectFieldStart(uid);
            json.writeFieldName("port");
            ports(endpoint.ports());
            json.writeStringField("status", health(endpoint.status()));
            json.writeStringField("workloadUid", endpoint.workloadUid());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    void policy(Authorization policy) throws IOException {
        json.writeStartObject();
        json.writeStringField("action", capitalized(policy.action()));
        json.writeBooleanField("dryRun", policy.dryRun());
        json.writeStringField("name", policy.name());
        json.writeStringField("namespace", policy.namespace());
        json.writeArrayFieldStart("rules");
        for (Authorization.Rule rule : policy.rules()) {
            json.writeStartArray();
            for (Authorization.Clause clause : rule.clauses()) {
                json.writeStartArray();
                for (Authorization.Match match : clause.matches()) {
                    match(match);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeStringField(
                "scope",
                switch (policy.scope()) {
                    case GLOBAL -> "Global";
                    case NAMESPACE -> "Namespace";
                    case WORKLOAD_SELECTOR -> "WorkloadSelector";
                });
        json.writeEndObject();
    }

    private void match(Authorization.Match match) throws IOException {
        json.writeStartObject();
        cidrs("destinationIps", match.destinationIps());
        numbers("destinationPorts", match.destinationPorts());
        matchers("namespaces", match.namespaces());
        cidrs("notDestinationIps", match.notDestinationIps());
        numbers("notDestinationPorts", match.notDestinationPorts());
        matchers("notNamespaces", match.notNamespaces());
        matchers("notPrincipals", match.notPrincipals());
        serviceAccounts("notServiceAccounts", match.notServiceAccounts());
        cidrs("notSourceIps", match.notSourceIps());
        matchers("principals", match.principals());
        serviceAccounts("serviceAccounts", match.serviceAccounts());
        cidrs("sourceIps", match.sourceIps());
        json.writeEndObject();
    }

    private void matchers(String name, List<StringMatch> matchers) throws IOException {
        if (matchers.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (StringMatch matcher : matchers) {
            json.writeStartObject();
            switch (matcher) {
                case StringMatch.Exact(String value) -> json.writeStringField("Exact", value);
                case StringMatch.Prefix(String value) -> json.writeStringField("Prefix", value);
                case StringMatch.Suffix(String value) -> json.writeStringField("Suffix", value);
                case StringMatch.Presence() -> strings("Presence", List.of());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void serviceAccounts(String name, List<Authorization.ServiceAccount> accounts)
            throws IOException {
        if (accounts.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (Authorization.ServiceAccount account : accounts) {
            json.writeStartObject();
            json.writeStringField("namespace", account.namespace());
            json.writeStringField("serviceAccount", account.name());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void cidrs(String name, List<Cidr> blocks) throws IOException {
        if (!blocks.isEmpty()) {
            strings(name, blocks);
        }
    }

    private void numbers(String name, List<Integer> numbers) throws IOException {
        if (numbers.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (int number : numbers) {
            json.writeNumber(number);
        }
        json.writeEndArray();
    }

    private void gateway(String name, @Nullable GatewayAddress gateway) throws IOException {
        if (gateway == null) {
            return;
        }
        json.writeObjectFieldStart(name);
        json.writeStringField("destination", gateway.destination().toString());
        json.writeNumberField("hboneMtlsPort", gateway.hbonePort());
        json.writeEndObject();
    }

    private void ports(PortMap ports) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < ports.size(); i++) {
            json.writeNumberField(Integer.toString(ports.servicePort(i)), ports.targetPort(i));
        }
        json.writeEndObject();
    }

    private void strings(String name, Collection<?> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (Object value : values) {
            json.writeString(value.toString());
        }
        json.writeEndArray();
    }

    private void text(String name, String value) throws IOException {
        if (!value.isEmpty()) {
            json.writeStringField(name, value);
        }
    }

    private static String health(Workload.Health health) {
        return capitalized(health);
    }

    /** HEALTHY to Healthy. Only for names of one word. */
    private static String capitalized(Enum<?> value) {
        return value.name().charAt(0) + value.name().substring(1).toLowerCase(Locale.ROOT);
    }
}
