package io.ztunnel.xds;

import com.google.protobuf.ByteString;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Match;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.ServiceAccount;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.store.Cidr;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * From the wire's policy to ours.
 *
 * <p>A value that cannot be read must not let anybody in whom the whole policy would have kept out.
 * Leaving the value out can do that (a positive list that becomes empty constrains nothing), and so
 * can leaving the policy out (without its only ALLOW policy a workload is open). So each value is
 * left out where that only makes the policy stricter, and otherwise what it stands in is replaced
 * by its strictest reading:
 *
 * <table>
 *   <caption>What an unreadable value does</caption>
 *   <tr><td></td><td>positive list</td><td>negative list</td></tr>
 *   <tr><td>ALLOW</td><td>left out; if it was the last, the match never matches</td>
 *       <td>the match never matches</td></tr>
 *   <tr><td>DENY</td><td>the list constrains nothing</td><td>left out</td></tr>
 * </table>
 */
final class AuthorizationDecoder {
    /** Holds no attribute, and so never matches. */
    private static final Match NEVER =
            new Match(
                    List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                    List.of(), List.of(), List.of(), List.of(), List.of());

    private final FieldDecoder fields;

    AuthorizationDecoder(FieldDecoder fields) {
        this.fields = fields;
    }

    /**
     * @param complaint set when a part had to be replaced by its strictest reading; for the NACK
     */
    record Decoded(Authorization policy, @Nullable InvalidResourceException complaint) {}

    Decoded decode(io.ztunnel.api.security.Authorization wire) throws InvalidResourceException {
        Authorization.Scope scope =
                switch (wire.getScope()) {
                    case GLOBAL -> Authorization.Scope.GLOBAL;
                    case NAMESPACE -> Authorization.Scope.NAMESPACE;
                    case WORKLOAD_SELECTOR -> Authorization.Scope.WORKLOAD_SELECTOR;
                    case UNRECOGNIZED -> throw FieldDecoder.unknown("scope", wire.getScopeValue());
                };
        Authorization.Action action =
                switch (wire.getAction()) {
                    case ALLOW -> Authorization.Action.ALLOW;
                    case DENY -> Authorization.Action.DENY;
                    case UNRECOGNIZED ->
                            throw FieldDecoder.unknown("action", wire.getActionValue());
                };
        RuleReader reader = new RuleReader(fields, action == Authorization.Action.DENY);
        List<Rule> rules = new ArrayList<>(wire.getRulesCount());
        for (io.ztunnel.api.security.Rule rule : wire.getRulesList()) {
            List<Clause> clauses = new ArrayList<>(rule.getClausesCount());
            for (io.ztunnel.api.security.Clause clause : rule.getClausesList()) {
                clauses.add(reader.clause(clause));
            }
            rules.add(new Rule(List.copyOf(clauses)));
        }
        return new Decoded(
                new Authorization(
                        fields.shared(wire.getName()),
                        fields.shared(wire.getNamespace()),
                        scope,
                        action,
                        List.copyOf(rules),
                        wire.getDryRun()),
                reader.complaint);
    }

    /** Reads the matches of one policy and keeps the first complaint. */
    private static final class RuleReader {
        private final FieldDecoder fields;
        private final boolean deny;
        private @Nullable InvalidResourceException complaint;

        /** Of the match being read. */
        private boolean never;

        private boolean unconstrained;

        RuleReader(FieldDecoder fields, boolean deny) {
            this.fields = fields;
            this.deny = deny;
        }

        Clause clause(io.ztunnel.api.security.Clause wire) {
            List<Match> matches = new ArrayList<>(wire.getMatchesCount());
            for (io.ztunnel.api.security.Match match : wire.getMatchesList()) {
                Match read = match(match);
                if (never) {
                    matches.add(NEVER);
                } else if (unconstrained && read.equals(NEVER)) {
                    // Nothing is left to constrain this alternative: the whole clause holds.
                    return new Clause(List.of());
                } else {
                    matches.add(read);
                }
            }
            return new Clause(List.copyOf(matches));
        }

        private Match match(io.ztunnel.api.security.Match wire) {
            never = false;
            unconstrained = false;
            return new Match(
                    strings("namespaces", wire.getNamespacesList(), true),
                    strings("not_namespaces", wire.getNotNamespacesList(), false),
                    strings("principals", wire.getPrincipalsList(), true),
                    strings("not_principals", wire.getNotPrincipalsList(), false),
                    accounts(wire.getServiceAccountsList()),
                    accounts(wire.getNotServiceAccountsList()),
                    blocks("source_ips", wire.getSourceIpsList(), true),
                    blocks("not_source_ips", wire.getNotSourceIpsList(), false),
                    blocks("destination_ips", wire.getDestinationIpsList(), true),
                    blocks("not_destination_ips", wire.getNotDestinationIpsList(), false),
                    ports(wire.getDestinationPortsList()),
                    ports(wire.getNotDestinationPortsList()));
        }

        private List<StringMatch> strings(
                String field, List<io.ztunnel.api.security.StringMatch> wire, boolean positive) {
            return readable(
                    wire,
                    positive,
                    match ->
                            switch (match.getMatchTypeCase()) {
                                case EXACT -> new StringMatch.Exact(match.getExact());
                                case PREFIX -> new StringMatch.Prefix(match.getPrefix());
                                case SUFFIX -> new StringMatch.Suffix(match.getSuffix());
                                case PRESENCE -> new StringMatch.Presence();
                                case MATCHTYPE_NOT_SET ->
                                        throw new InvalidResourceException(
                                                field,
                                                "without match type",
                                                "expected exact, prefix, suffix or presence");
                            });
        }

        private List<Cidr> blocks(
                String field, List<io.ztunnel.api.security.Address> wire, boolean positive) {
            return readable(
                    wire,
                    positive,
                    address -> {
                        ByteString bytes = address.getAddress();
                        return fields.cidr(field, bytes, address.getLength());
                    });
        }

        private interface Reader<W, T> {
            T read(W wire) throws InvalidResourceException;
        }

        private <W, T> List<T> readable(List<W> wire, boolean positive, Reader<W, T> reader) {
            List<T> values = new ArrayList<>(wire.size());
            @Nullable InvalidResourceException problem = null;
            for (W value : wire) {
                try {
                    values.add(reader.read(value));
                } catch (InvalidResourceException e) {
                    problem = e;
                }
            }
            boolean onlyStricter = deny ? !positive : positive && !values.isEmpty();
            if (problem == null || onlyStricter) {
                return List.copyOf(values);
            }
            complaint = complaint == null ? problem : complaint;
            if (deny) {
                unconstrained = true;
                return List.of();
            }
            never = true;
            return List.copyOf(values);
        }

        private static List<ServiceAccount> accounts(
                List<io.ztunnel.api.security.ServiceAccountMatch> wire) {
            return wire.stream()
                    .map(a -> new ServiceAccount(a.getNamespace(), a.getServiceAccount()))
                    .toList();
        }

        private static List<Integer> ports(List<Integer> wire) {
            return wire.stream().map(FieldDecoder::port).toList();
        }
    }
}
