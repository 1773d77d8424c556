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

import java.util.List;

/**
 * Whether a policy matches a connection: any rule, of which every clause, of which any match, of
 * which every attribute.
 *
 * <p>Emptiness reads differently at each level, and istiod relies on it: no rule matches nothing,
 * but a rule without clauses and a clause without matches match everything, and a match without
 * attributes again nothing. A connection without identity fails every positive identity attribute
 * and passes every negative one, which is how "deny plain text" is written.
 */
final class PolicyMatcher {
    private PolicyMatcher() {}

    static boolean matches(Authorization policy, Attributes connection) {
        for (Rule rule : policy.rules()) {
            if (matches(rule, connection)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(Rule rule, Attributes connection) {
        for (Clause clause : rule.clauses()) {
            if (!matches(clause, connection)) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Clause clause, Attributes connection) {
        if (clause.matches().isEmpty()) {
            return true;
        }
        for (Match match : clause.matches()) {
            if (!isBlank(match) && matches(match, connection)) {
                return true;
            }
        }
        return false;
    }

    /** Without a single attribute; such a match never matches. */
    static boolean isBlank(Match match) {
        return match.namespaces().isEmpty()
                && match.notNamespaces().isEmpty()
                && match.principals().isEmpty()
                && match.notPrincipals().isEmpty()
                && match.serviceAccounts().isEmpty()
                && match.notServiceAccounts().isEmpty()
                && match.sourceIps().isEmpty()
                && match.notSourceIps().isEmpty()
                && match.destinationIps().isEmpty()
                && match.notDestinationIps().isEmpty()
                && match.destinationPorts().isEmpty()
                && match.notDestinationPorts().isEmpty();
    }

    private static boolean matches(Match match, Attributes connection) {
        PolicyInput input = connection.input();
        int port = input.destination().port();
        IpAddress source = input.source().ip();
        IpAddress destination = input.destination().ip();
        Identity identity = input.sourceIdentity();
        return (match.destinationPorts().isEmpty() || hasPort(match.destinationPorts(), port))
                && !hasPort(match.notDestinationPorts(), port)
                && (match.destinationIps().isEmpty() || hasIp(match.destinationIps(), destination))
                && !hasIp(match.notDestinationIps(), destination)
                && (match.sourceIps().isEmpty() || hasIp(match.sourceIps(), source))
                && !hasIp(match.notSourceIps(), source)
                && (match.namespaces().isEmpty()
                        || hasText(match.namespaces(), connection.namespace()))
                && !hasText(match.notNamespaces(), connection.namespace())
                && (match.serviceAccounts().isEmpty()
                        || hasAccount(match.serviceAccounts(), identity))
                && !hasAccount(match.notServiceAccounts(), identity)
                && (match.principals().isEmpty() || hasPrincipal(match.principals(), connection))
                && !hasPrincipal(match.notPrincipals(), connection);
    }

    /** Ports travel as 32 bits; only the low 16 mean anything. */
    private static boolean hasPort(List<Integer> ports, int port) {
        for (int candidate : ports) {
            if ((candidate & 0xffff) == port) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasIp(List<Cidr> blocks, IpAddress ip) {
        for (Cidr block : blocks) {
            if (block.contains(ip)) {
                return true;
            }
        }
        return false;
    }

    /** The trust domain plays no part. */
    private static boolean hasAccount(List<ServiceAccount> accounts, @Nullable Identity identity) {
        if (identity == null) {
            return false;
        }
        for (ServiceAccount account : accounts) {
            if (account.name().equals(identity.serviceAccount())
                    && account.namespace().equals(identity.namespace())) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasPrincipal(List<StringMatch> patterns, Attributes connection) {
        if (patterns.isEmpty()) {
            return false;
        }
        String principal = connection.principal();
        return principal != null && hasText(patterns, principal);
    }

    private static boolean hasText(List<StringMatch> patterns, String text) {
        for (StringMatch pattern : patterns) {
            boolean matched =
                    switch (pattern) {
                        case StringMatch.Exact exact -> text.equals(exact.value());
                        case StringMatch.Prefix prefix -> text.startsWith(prefix.value());
                        case StringMatch.Suffix suffix -> text.endsWith(suffix.value());
                        case StringMatch.Presence _ -> !text.isEmpty();
                    };
            if (matched) {
                return true;
            }
        }
        return false;
    }
}
