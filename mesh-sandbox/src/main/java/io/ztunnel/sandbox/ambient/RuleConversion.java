package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One rule of an AuthorizationPolicy as a layer-4 rule. What ztunnel cannot see is HTTP: an ALLOW
 * rule that asks for it is dropped, a DENY rule goes without it, so that both err towards refusing.
 */
final class RuleConversion {
    private static final List<String> L7_OPERATION =
            List.of("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths");
    private static final List<String> L7_SOURCE =
            List.of(
                    "remoteIpBlocks",
                    "notRemoteIpBlocks",
                    "requestPrincipals",
                    "notRequestPrincipals");
    private static final List<String> L4_CONDITIONS =
            List.of(
                    "source.ip",
                    "source.namespace",
                    "source.principal",
                    "destination.ip",
                    "destination.port");

    private final String namespace;
    private final Tree rule;

    /**
     * @param namespace of the policy
     */
    RuleConversion(String namespace, Tree rule) {
        this.namespace = namespace;
        this.rule = rule;
    }

    /** Whether any part of the rule is about HTTP. */
    boolean hasL7() {
        return rule.trees("to").stream().anyMatch(to -> any(to.tree("operation"), L7_OPERATION))
                || rule.trees("from").stream().anyMatch(from -> any(from.tree("source"), L7_SOURCE))
                || rule.trees("when").stream()
                        .anyMatch(when -> !L4_CONDITIONS.contains(when.text("key")));
    }

    /** Empty for an ALLOW rule that ztunnel could not check in full. */
    Optional<Rule> convert(Action action) {
        if (action == Action.ALLOW && hasL7()) {
            return Optional.empty();
        }
        Rule.Builder converted = Rule.newBuilder();
        clause("to", to -> operation(to.tree("operation"))).ifPresent(converted::addClauses);
        clause("from", from -> source(from.tree("source"))).ifPresent(converted::addClauses);
        for (Tree when : rule.trees("when")) {
            converted.addClauses(Clause.newBuilder().addMatches(condition(when)));
        }
        return Optional.of(converted.build());
    }

    private Optional<Clause> clause(String section, Function<Tree, Match> conversion) {
        List<Tree> entries = rule.trees(section);
        return entries.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        Clause.newBuilder()
                                .addAllMatches(entries.stream().map(conversion).toList())
                                .build());
    }

    private static Match operation(Tree operation) {
        return Match.newBuilder()
                .addAllDestinationPorts(StringMatches.ports(operation.strings("ports")))
                .addAllNotDestinationPorts(StringMatches.ports(operation.strings("notPorts")))
                .build();
    }

    private Match source(Tree source) {
        return Match.newBuilder()
                .addAllSourceIps(StringMatches.addresses(source.strings("ipBlocks")))
                .addAllNotSourceIps(StringMatches.addresses(source.strings("notIpBlocks")))
                .addAllNamespaces(StringMatches.strings(source.strings("namespaces")))
                .addAllNotNamespaces(StringMatches.strings(source.strings("notNamespaces")))
                .addAllPrincipals(StringMatches.strings(source.strings("principals")))
                .addAllNotPrincipals(StringMatches.strings(source.strings("notPrincipals")))
                .addAllServiceAccounts(
                        StringMatches.serviceAccounts(source.strings("serviceAccounts"), namespace))
                .addAllNotServiceAccounts(
                        StringMatches.serviceAccounts(
                                source.strings("notServiceAccounts"), namespace))
                .build();
    }

    private static Match condition(Tree when) {
        List<String> values = when.strings("values");
        List<String> notValues = when.strings("notValues");
        Match.Builder match = Match.newBuilder();
        return switch (when.text("key")) {
            case "source.ip" ->
                    match.addAllSourceIps(StringMatches.addresses(values))
                            .addAllNotSourceIps(StringMatches.addresses(notValues))
                            .build();
            case "source.namespace" ->
                    match.addAllNamespaces(StringMatches.strings(values))
                            .addAllNotNamespaces(StringMatches.strings(notValues))
                            .build();
            case "source.principal" ->
                    match.addAllPrincipals(StringMatches.strings(values))
                            .addAllNotPrincipals(StringMatches.strings(notValues))
                            .build();
            case "destination.ip" ->
                    match.addAllDestinationIps(StringMatches.addresses(values))
                            .addAllNotDestinationIps(StringMatches.addresses(notValues))
                            .build();
            case "destination.port" ->
                    match.addAllDestinationPorts(StringMatches.ports(values))
                            .addAllNotDestinationPorts(StringMatches.ports(notValues))
                            .build();
            default -> match.build(); // matches nothing, so a DENY rule with it has no effect
        };
    }

    private static boolean any(Tree match, List<String> attributes) {
        return attributes.stream().anyMatch(attribute -> !match.list(attribute).isEmpty());
    }
}
