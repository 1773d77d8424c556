package io.ztunnel.xds;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Match;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.ServiceAccount;
import io.ztunnel.policy.Authorization.StringMatch;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** A policy as a local mesh file writes it: rules, clauses and matches are lists in lists. */
final class LocalPolicyReader {
    private static final Set<String> KEYS =
            Set.of("name", "namespace", "scope", "action", "rules", "dryRun");

    private static final Map<String, Authorization.Scope> SCOPES =
            Map.of(
                    "Global", Authorization.Scope.GLOBAL,
                    "Namespace", Authorization.Scope.NAMESPACE,
                    "WorkloadSelector", Authorization.Scope.WORKLOAD_SELECTOR);
    private static final Map<String, Authorization.Action> ACTIONS =
            Map.of("Allow", Authorization.Action.ALLOW, "Deny", Authorization.Action.DENY);

    private LocalPolicyReader() {}

    static Authorization read(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, KEYS);
        return new Authorization(
                map.required("name").text(),
                map.required("namespace").text(),
                map.required("scope").oneOf(SCOPES),
                map.required("action").oneOf(ACTIONS),
                YamlMap.items(map.required("rules"), LocalPolicyReader::rule),
                map.required("dryRun").bool());
    }

    private static Rule rule(YamlNode node) throws LocalConfigException {
        return new Rule(YamlMap.items(node, LocalPolicyReader::clause));
    }

    private static Clause clause(YamlNode node) throws LocalConfigException {
        return new Clause(YamlMap.items(node, LocalPolicyReader::match));
    }

    private static Match match(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.lenient(node);
        return new Match(
                strings(map, "namespaces"),
                strings(map, "notNamespaces"),
                strings(map, "principals"),
                strings(map, "notPrincipals"),
                map.list("serviceAccounts", LocalPolicyReader::serviceAccount),
                map.list("notServiceAccounts", LocalPolicyReader::serviceAccount),
                map.list("sourceIps", LocalMeshReader::cidr),
                map.list("notSourceIps", LocalMeshReader::cidr),
                map.list("destinationIps", LocalMeshReader::cidr),
                map.list("notDestinationIps", LocalMeshReader::cidr),
                map.list("destinationPorts", YamlMap::port),
                map.list("notDestinationPorts", YamlMap::port));
    }

    private static List<StringMatch> strings(YamlMap map, String key) throws LocalConfigException {
        return map.list(key, LocalPolicyReader::stringMatch);
    }

    /** Either {@code !Exact x} or {@code {Exact: x}}. */
    private static StringMatch stringMatch(YamlNode node) throws LocalConfigException {
        String kind = node.localTag();
        YamlNode value = node;
        if (kind.isEmpty()) {
            Map<String, YamlNode> map = node.isMap() ? node.map() : Map.of();
            if (map.size() != 1) {
                throw node.error("expected one of !Exact, !Prefix, !Suffix or !Presence");
            }
            Map.Entry<String, YamlNode> only = map.entrySet().iterator().next();
            kind = only.getKey();
            value = only.getValue();
        }
        return switch (kind) {
            case "Exact" -> new StringMatch.Exact(value.text());
            case "Prefix" -> new StringMatch.Prefix(value.text());
            case "Suffix" -> new StringMatch.Suffix(value.text());
            case "Presence" -> new StringMatch.Presence();
            default -> throw node.error(kind + " is not one of Exact, Prefix, Suffix, Presence");
        };
    }

    private static ServiceAccount serviceAccount(YamlNode node) throws LocalConfigException {
        YamlMap map = YamlMap.strict(node, Set.of("namespace", "serviceAccount"));
        return new ServiceAccount(
                map.required("namespace").text(), map.required("serviceAccount").text());
    }
}
