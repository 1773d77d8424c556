package io.ztunnel.policy;

import io.ztunnel.store.Cidr;

import java.util.List;

/**
 * One L4 authorization policy. Matches when any rule matches; without rules it never matches. A
 * rule is a list of clauses that must all match; a clause is a list of alternatives.
 */
public record Authorization(
        String name,
        String namespace,
        Scope scope,
        Action action,
        List<Rule> rules,
        boolean dryRun) {

    public enum Scope {
        GLOBAL,
        NAMESPACE,
        WORKLOAD_SELECTOR
    }

    public enum Action {
        ALLOW,
        DENY
    }

    public record Rule(List<Clause> clauses) {}

    public record Clause(List<Match> matches) {}

    /**
     * Attributes that must all match; within one, any value of the positive list and none of the
     * negative. A match with no attribute at all never matches.
     */
    public record Match(
            List<StringMatch> namespaces,
            List<StringMatch> notNamespaces,
            List<StringMatch> principals,
            List<StringMatch> notPrincipals,
            List<ServiceAccount> serviceAccounts,
            List<ServiceAccount> notServiceAccounts,
            List<Cidr> sourceIps,
            List<Cidr> notSourceIps,
            List<Cidr> destinationIps,
            List<Cidr> notDestinationIps,
            List<Integer> destinationPorts,
            List<Integer> notDestinationPorts) {}

    public record ServiceAccount(String namespace, String name) {}

    /** Case-sensitive. */
    public sealed interface StringMatch {
        record Exact(String value) implements StringMatch {}

        record Prefix(String value) implements StringMatch {}

        record Suffix(String value) implements StringMatch {}

        /** Any non-empty value. */
        record Presence() implements StringMatch {}
    }

    /** {@code namespace/name}, as logs and dumps name it. */
    public String key() {
        return namespace + "/" + name;
    }
}
