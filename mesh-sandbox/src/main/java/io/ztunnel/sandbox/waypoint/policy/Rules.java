package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.manifest.Tree;
import io.ztunnel.sandbox.waypoint.request.BoundedRegex;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
            parts.add(Check.any(from.stream().map(f -> source(f.tree("source"))).toList()));
        }
        List<Tree> to = rule.trees("to");
        if (!to.isEmpty()) {
            parts.add(Check.any(to.stream().map(t -> operation(t.tree("operation"))).toList()));
        }
        rule.trees("when").forEach(when -> parts.add(conditions.of(when)));
        return Check.all(parts);
    }

    private Check source(Tree source) {
        List<Check> parts = new ArrayList<>();
        both(parts, source, "principals", "notPrincipals", Attributes::principal);
        both(parts, source, "namespaces", "notNamespaces", Attributes::namespace);
        both(
                parts,
                source,
                "serviceAccounts",
                "notServiceAccounts",
                value -> Attributes.serviceAccount(value, namespace));
        both(parts, source, "ipBlocks", "notIpBlocks", Attributes::sourceIp);
        // Nobody in front of a waypoint is trusted to name another address.
        both(parts, source, "remoteIpBlocks", "notRemoteIpBlocks", Attributes::sourceIp);
        both(parts, source, "requestPrincipals", "notRequestPrincipals", _ -> Attributes.noToken());
        return Check.all(parts);
    }

    private static Check operation(Tree operation) {
        List<Check> parts = new ArrayList<>();
        both(parts, operation, "hosts", "notHosts", Rules::host);
        both(parts, operation, "methods", "notMethods", Rules::method);
        both(parts, operation, "paths", "notPaths", Rules::path);
        both(parts, operation, "ports", "notPorts", Attributes::port);
        return Check.all(parts);
    }

    private static void both(
            List<Check> parts,
            Tree at,
            String positive,
            String negative,
            Function<String, Check> check) {
        List<String> values = at.strings(positive);
        if (!values.isEmpty()) {
            parts.add(Check.any(values.stream().map(check).toList()));
        }
        List<String> notValues = at.strings(negative);
        if (!notValues.isEmpty()) {
            parts.add(Check.any(notValues.stream().map(check).toList()).not());
        }
    }

    /** The port counts only where the policy names one. */
    private static Check host(String value) {
        TextMatch match = TextMatch.ignoringCase(value);
        boolean withPort = !RequestHead.withoutPort(value).equals(value);
        return Attributes.request(
                head ->
                        match.matches(head.authority().toLowerCase(Locale.ROOT))
                                || (!withPort && match.matches(head.host())));
    }

    private static Check method(String value) {
        TextMatch match = TextMatch.of(value);
        return Attributes.request(head -> match.matches(head.method()));
    }

    private static Check path(String value) {
        if (PathTemplate.isTemplate(value)) {
            BoundedRegex template = new BoundedRegex(PathTemplate.regex(value));
            return Attributes.request(head -> template.matches(head.path()));
        }
        TextMatch match = TextMatch.of(value);
        return Attributes.request(head -> match.matches(head.path()));
    }
}
