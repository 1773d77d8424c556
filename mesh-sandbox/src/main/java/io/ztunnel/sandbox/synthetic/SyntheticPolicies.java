package io.ztunnel.sandbox.synthetic;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Address;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.security.ServiceAccountMatch;
import io.ztunnel.api.security.StringMatch;

/**
 * Policies of one namespace, for all of its workloads. The first is an ALLOW whose rule matches
 * whoever is not in the namespace {@code synthetic-nobody}: traffic flows as without any. Of the
 * others each tenth is an ALLOW and the rest are DENY; their rules name identities, namespaces,
 * service accounts and address blocks of synthetic workloads only, from which no traffic comes. So
 * an engine that evaluates in turn looks at all DENY, and at ALLOW until it meets the first.
 */
final class SyntheticPolicies {
    private static final int ALLOW_EACH = 10;
    private static final int KINDS = 5;
    private static final int NAMES = 4;

    private SyntheticPolicies() {}

    static String name(int index) {
        return "synthetic-" + index;
    }

    static String key(SyntheticMesh mesh, int index) {
        return mesh.policyNamespace() + "/" + name(index);
    }

    static Authorization policy(SyntheticMesh mesh, int index) {
        Authorization.Builder policy =
                Authorization.newBuilder()
                        .setName(name(index))
                        .setNamespace(mesh.policyNamespace())
                        .setScope(Scope.NAMESPACE)
                        .setAction(index % ALLOW_EACH == 0 ? Action.ALLOW : Action.DENY);
        if (index == 0) {
            return policy.addRules(
                            rule(Match.newBuilder().addNotNamespaces(exact("synthetic-nobody"))))
                    .build();
        }
        Match.Builder to = Match.newBuilder().addDestinationPorts(8080).addDestinationPorts(9080);
        return policy.addRules(rule(source(index), to)).addRules(rule(source(index + 1))).build();
    }

    private static Match.Builder source(int index) {
        Match.Builder match = Match.newBuilder();
        String namespace = "synthetic-" + index % 1_000;
        switch (index % KINDS) {
            case 0 -> {
                for (int i = 0; i < NAMES; i++) {
                    match.addPrincipals(
                            exact("cluster.local/ns/" + namespace + "/sa/app-" + (index + i)));
                }
            }
            case 1 -> {
                for (int i = 0; i < NAMES; i++) {
                    match.addNamespaces(exact("synthetic-" + (index + i) % 1_000));
                }
                match.addNotPrincipals(exact("cluster.local/ns/" + namespace + "/sa/operator"));
            }
            case 2 ->
                    match.addSourceIps(
                            Address.newBuilder()
                                    .setAddress(
                                            SyntheticServices.ipv4(
                                                    10 << 24 | 128 << 16 | index % 4_096 << 8))
                                    .setLength(24));
            case 3 ->
                    match.addPrincipals(
                            StringMatch.newBuilder()
                                    .setPrefix("cluster.local/ns/" + namespace + "/sa/"));
            default ->
                    match.addServiceAccounts(
                            ServiceAccountMatch.newBuilder()
                                    .setNamespace(namespace)
                                    .setServiceAccount("app-" + index));
        }
        return match;
    }

    private static StringMatch exact(String text) {
        return StringMatch.newBuilder().setExact(text).build();
    }

    private static Rule rule(Match.Builder... clauses) {
        Rule.Builder rule = Rule.newBuilder();
        for (Match.Builder clause : clauses) {
            rule.addClauses(Clause.newBuilder().addMatches(clause));
        }
        return rule.build();
    }
}
