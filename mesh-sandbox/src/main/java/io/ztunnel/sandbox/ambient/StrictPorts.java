package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.sandbox.ambient.PeerAuthentications.Mode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The DENY rules of a PeerAuthentication with modes of its own for single ports. */
final class StrictPorts {
    private static final Match NO_IDENTITY =
            Match.newBuilder().addNotPrincipals(StringMatches.presence()).build();

    private StrictPorts() {}

    /** Matches whoever comes without identity. */
    static Rule withoutIdentity() {
        return Rule.newBuilder().addClauses(clause(NO_IDENTITY)).build();
    }

    /**
     * @param mode of the policy itself
     * @param ports ascending
     * @param strictAbove whether namespace or mesh are strict
     * @return empty when the static policy, or none, says the same
     */
    static Optional<List<Rule>> rules(
            Mode mode, SortedMap<Integer, Mode> ports, boolean strictAbove) {
        List<Clause> exemption = new ArrayList<>();
        List<Rule> rules = new ArrayList<>();
        boolean strict = mode == Mode.STRICT || mode == Mode.UNSET && strictAbove;
        boolean exempted = false;
        if (mode == Mode.STRICT) {
            exemption.add(clause(NO_IDENTITY));
        }
        for (var port : ports.entrySet()) {
            switch (port.getValue()) {
                case STRICT -> {
                    if (!strict) {
                        rules.add(
                                Rule.newBuilder()
                                        .addClauses(
                                                clause(
                                                        NO_IDENTITY.toBuilder()
                                                                .addDestinationPorts(port.getKey())
                                                                .build()))
                                        .build());
                    }
                }
                case PERMISSIVE -> {
                    if (strict) {
                        exempted = true;
                        exemption.add(
                                clause(
                                        Match.newBuilder()
                                                .addNotDestinationPorts(port.getKey())
                                                .build()));
                    }
                }
                case UNSET -> {}
            }
        }
        if (mode == Mode.STRICT && !exempted) {
            return Optional.empty();
        }
        if (exempted && strictAbove) {
            exemption.add(clause(NO_IDENTITY)); // twice below STRICT itself, as istiod has it
        }
        if (!exemption.isEmpty()) {
            rules.add(Rule.newBuilder().addAllClauses(exemption).build());
        }
        return rules.isEmpty() ? Optional.empty() : Optional.of(rules);
    }

    private static Clause clause(Match match) {
        return Clause.newBuilder().addMatches(match).build();
    }
}
