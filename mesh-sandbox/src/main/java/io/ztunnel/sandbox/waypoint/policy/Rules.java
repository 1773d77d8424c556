package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.waypoint.request.BoundedRegex;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads the rules of a policy: each is an AND of from, to and when, each of those an OR. */
final class Rules {
    private final Conditions conditions;
    private final String namespace;

    /**
     * @param namespace of the policy
     */
    Rules(String namespace) {
        this.namespace = namespace;
        this.conditions = new Conditions(namespace);
    }

    Check rule(Tree rule) {
        List<Check> parts = new ArrayList<>();
        List<Tree> from = rule.trees("from");
        if (!from.isEmpty()) {
            parts.add(new Check.Any(from.stream().map(f -> source(f.tree("source"))).toList()));
        }
        List<Tree> to = rule.trees("to");
        if (!to.isEmpty()) {
            parts.add(new Check.Any(to.stream().map(t -> operation(t.tree("operation"))).toList()));
        }
        rule.trees("when").forEach(when -> parts.add(conditions.of(when)));
        return new Check.All(parts);
    }

    private Check source(Tree source) {
        List<Check> parts = new ArrayList<>();
        both(parts, source, "principals", "notPrincipals", Rules::principal);
        both(parts, source, "namespaces", "notNamespaces", Rules::namespace);
        both(
                parts,
                source,
                "serviceAccounts",
                "notServiceAccounts",
                value -> serviceAccount(value, namespace));
        both(parts, source, "ipBlocks", "notIpBlocks", Rules::sourceIp);
        // Nobody in front of a waypoint is trusted to name another address.
        both(parts, source, "remoteIpBlocks", "notRemoteIpBlocks", Rules::sourceIp);
        both(parts, source, "requestPrincipals", "notRequestPrincipals", _ -> new Check.Token());
        return new Check.All(parts);
    }

    private static Check operation(Tree operation) {
        List<Check> parts = new ArrayList<>();
        both(parts, operation, "hosts", "notHosts", Rules::host);
        both(parts, operation, "methods", "notMethods", Rules::method);
        both(parts, operation, "paths", "notPaths", Rules::path);
        both(parts, operation, "ports", "notPorts", Check.DestinationPort::new);
        return new Check.All(parts);
    }

    private static void both(
            List<Check> parts,
            Tree at,
            String positive,
            String negative,
            Function<String, Check> check) {
        List<String> values = at.strings(positive);
        if (!values.isEmpty()) {
            parts.add(new Check.Any(values.stream().map(check).toList()));
        }
        List<String> notValues = at.strings(negative);
        if (!notValues.isEmpty()) {
            parts.add(new Check.Not(new Check.Any(notValues.stream().map(check).toList())));
        }
    }

    private static Check principal(String value) {
        return new Check.Principal(TextMatch.of(value));
    }

    private static Check namespace(String value) {
        return new Check.ClientNamespace(TextMatch.of(value));
    }

    private static Check sourceIp(String block) {
        return new Check.SourceIp(IpBlock.parse(block));
    }

    /**
     * @param value {@code namespace/name}, or a name in the policy's own namespace
     */
    static Check serviceAccount(String value, String policyNamespace) {
        int slash = value.indexOf('/');
        return new Check.ServiceAccount(
                slash < 0 ? policyNamespace : value.substring(0, slash),
                value.substring(slash + 1));
    }

    /** The port counts only where the policy names one. */
    private static Check host(String value) {
        return new Check.Host(
                TextMatch.ignoringCase(value), !RequestHead.withoutPort(value).equals(value));
    }

    private static Check method(String value) {
        return new Check.Method(TextMatch.of(value));
    }

    private static Check path(String value) {
        return PathTemplate.isTemplate(value)
                ? new Check.PathRegex(new BoundedRegex(PathTemplate.regex(value)))
                : new Check.Path(TextMatch.of(value));
    }
}
