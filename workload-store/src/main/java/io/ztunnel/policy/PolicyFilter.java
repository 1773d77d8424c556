package io.ztunnel.policy;

import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Match;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.ServiceAccount;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.store.Cidr;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which of many policies may match a connection. A rule matches only if each of its clauses does,
 * and a clause only if one of its matches does; so a rule is filed under what one of its clauses
 * asks for, and a connection looks only under what it is. A rule of which no clause asks for
 * anything that can be looked up is always a candidate.
 *
 * <p>Whether a candidate matches is for {@link PolicyMatcher} to say. Immutable once built.
 */
final class PolicyFilter {
    /** Each is a lookup, and a text, for each connection. */
    private static final int MAX_LENGTHS = 64;

    /** What a connection can be looked up by, the most telling first. */
    private enum Attribute {
        PRINCIPAL,
        ACCOUNT,
        NAMESPACE,
        SOURCE,
        PORT
    }

    /** What rules are filed under. */
    private sealed interface Label {
        record Principal(String text) implements Label {}

        record PrincipalPrefix(String text) implements Label {}

        record Account(String namespace, String name) implements Label {}

        record Namespace(String text) implements Label {}

        record Source(IpAddress block, int length) implements Label {}

        record Port(int number) implements Label {}
    }

    private record Block(boolean v4, int length) {}

    private final List<Authorization> policies;
    private final BitSet always = new BitSet();
    private final Map<Label, int[]> filed = new HashMap<>();
    private final Set<Integer> prefixLengths = new HashSet<>();
    private final Set<Block> blockLengths = new HashSet<>();

    PolicyFilter(List<Authorization> policies) {
        this.policies = policies;
        for (int i = 0; i < policies.size(); i++) {
            for (Rule rule : policies.get(i).rules()) {
                file(i, rule);
            }
        }
    }

    private void file(int policy, Rule rule) {
        Set<Label> best = null;
        Attribute bestBy = null;
        for (Clause clause : rule.clauses()) {
            Set<Label> labels = new HashSet<>();
            Attribute by = labels(clause, labels);
            if (by != null && (bestBy == null || by.compareTo(bestBy) < 0)) {
                best = labels;
                bestBy = by;
            }
        }
        if (best == null || !hasRoom(best)) {
            always.set(policy);
            return;
        }
        for (Label label : best) {
            filed.merge(label, new int[] {policy}, PolicyFilter::appended);
            switch (label) {
                case Label.PrincipalPrefix prefix -> prefixLengths.add(prefix.text().length());
                case Label.Source source ->
                        blockLengths.add(new Block(source.block().isV4(), source.length()));
                case Label.Principal _, Label.Account _, Label.Namespace _, Label.Port _ -> {}
            }
        }
    }

    private boolean hasRoom(Set<Label> labels) {
        return labels.stream()
                .allMatch(
                        label ->
                                !(label instanceof Label.PrincipalPrefix(String text))
                                        || prefixLengths.contains(text.length())
                                        || prefixLengths.size() < MAX_LENGTHS);
    }

    private static int[] appended(int[] before, int[] one) {
        if (before[before.length - 1] == one[0]) {
            return before;
        }
        int[] more = Arrays.copyOf(before, before.length + 1);
        more[before.length] = one[0];
        return more;
    }

    /**
     * Adds labels of which a connection must have one for the clause to match.
     *
     * @return the least telling kind among them, null when the clause cannot be filed
     */
    private static @Nullable Attribute labels(Clause clause, Set<Label> labels) {
        if (clause.matches().isEmpty()) {
            return null;
        }
        Attribute worst = Attribute.PRINCIPAL;
        for (Match match : clause.matches()) {
            if (PolicyMatcher.isBlank(match)) {
                continue; // never matches
            }
            Attribute attribute = mostTelling(match);
            if (attribute == null) {
                return null;
            }
            worst = attribute.compareTo(worst) > 0 ? attribute : worst;
            addLabels(match, attribute, labels);
        }
        return worst;
    }

    private static @Nullable Attribute mostTelling(Match match) {
        if (!match.principals().isEmpty()
                && match.principals().stream().allMatch(PolicyFilter::isExactOrPrefix)) {
            return Attribute.PRINCIPAL;
        }
        if (!match.serviceAccounts().isEmpty()) {
            return Attribute.ACCOUNT;
        }
        if (!match.namespaces().isEmpty()
                && match.namespaces().stream().allMatch(StringMatch.Exact.class::isInstance)) {
            return Attribute.NAMESPACE;
        }
        if (!match.sourceIps().isEmpty()) {
            return Attribute.SOURCE;
        }
        return match.destinationPorts().isEmpty() ? null : Attribute.PORT;
    }

    private static boolean isExactOrPrefix(StringMatch match) {
        return match instanceof StringMatch.Exact || match instanceof StringMatch.Prefix;
    }

    private static void addLabels(Match match, Attribute attribute, Set<Label> labels) {
        switch (attribute) {
            case PRINCIPAL -> match.principals().forEach(p -> labels.add(ofPrincipal(p)));
            case ACCOUNT -> {
                for (ServiceAccount account : match.serviceAccounts()) {
                    labels.add(new Label.Account(account.namespace(), account.name()));
                }
            }
            case NAMESPACE -> {
                for (StringMatch namespace : match.namespaces()) {
                    if (namespace instanceof StringMatch.Exact(String text)) {
                        labels.add(new Label.Namespace(text));
                    }
                }
            }
            case SOURCE -> {
                for (Cidr block : match.sourceIps()) {
                    int length = block.prefixLength();
                    labels.add(new Label.Source(block.address().masked(length), length));
                }
            }
            case PORT ->
                    match.destinationPorts()
                            .forEach(port -> labels.add(new Label.Port(port & 0xffff)));
        }
    }

    private static Label ofPrincipal(StringMatch match) {
        return switch (match) {
            case StringMatch.Exact exact -> new Label.Principal(exact.value());
            case StringMatch.Prefix prefix -> new Label.PrincipalPrefix(prefix.value());
            case StringMatch.Suffix _, StringMatch.Presence _ ->
                    throw new IllegalArgumentException("cannot be looked up: " + match);
        };
    }

    /** In the order of the policies, each once. */
    List<Authorization> candidates(Attributes connection) {
        if (policies.isEmpty()) {
            return policies;
        }
        BitSet found = (BitSet) always.clone();
        if (!filed.isEmpty()) {
            look(connection, found);
        }
        List<Authorization> candidates = new ArrayList<>(found.cardinality());
        for (int i = found.nextSetBit(0); i >= 0; i = found.nextSetBit(i + 1)) {
            candidates.add(policies.get(i));
        }
        return candidates;
    }

    private void look(Attributes connection, BitSet found) {
        PolicyInput input = connection.input();
        add(new Label.Port(input.destination().port()), found);
        add(new Label.Namespace(connection.namespace()), found);
        IpAddress source = input.source().ip();
        for (Block block : blockLengths) {
            if (block.v4() == source.isV4()) {
                add(new Label.Source(source.masked(block.length()), block.length()), found);
            }
        }
        Identity identity = input.sourceIdentity();
        String principal = connection.principal();
        if (identity == null || principal == null) {
            return;
        }
        add(new Label.Account(identity.namespace(), identity.serviceAccount()), found);
        add(new Label.Principal(principal), found);
        for (int length : prefixLengths) {
            if (length <= principal.length()) {
                add(new Label.PrincipalPrefix(principal.substring(0, length)), found);
            }
        }
    }

    private void add(Label label, BitSet found) {
        int[] policiesOfLabel = filed.get(label);
        if (policiesOfLabel != null) {
            for (int policy : policiesOfLabel) {
                found.set(policy);
            }
        }
    }
}
