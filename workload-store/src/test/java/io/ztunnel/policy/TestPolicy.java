package io.ztunnel.policy;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Match;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.Scope;
import io.ztunnel.policy.Authorization.ServiceAccount;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.store.Cidr;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Words for policies, and the connections that they are tried on. */
final class TestPolicy {
    static final PolicyInput PLAIN = input("10.0.0.1", null, "10.0.0.2", 8080);
    static final PolicyInput TLS =
            input("10.0.0.1", new Identity("td", "ns", "sa"), "10.0.0.2", 8080);

    private TestPolicy() {}

    static PolicyInput input(
            String source, @Nullable Identity identity, String destination, int port) {
        return new PolicyInput(
                new HostPort(IpAddress.parse(source), 34567),
                identity,
                new HostPort(IpAddress.parse(destination), port));
    }

    static Authorization policy(String name, Scope scope, Action action, Rule... rules) {
        return new Authorization(name, "default", scope, action, List.of(rules), false);
    }

    static Authorization dryRun(Authorization policy) {
        return new Authorization(
                policy.name(),
                policy.namespace(),
                policy.scope(),
                policy.action(),
                policy.rules(),
                true);
    }

    static Authorization in(String namespace, Authorization policy) {
        return new Authorization(
                policy.name(),
                namespace,
                policy.scope(),
                policy.action(),
                policy.rules(),
                policy.dryRun());
    }

    /** A rule that matches everything. */
    static Rule anything() {
        return new Rule(List.of());
    }

    static Rule rule(Clause... clauses) {
        return new Rule(List.of(clauses));
    }

    static Rule rule(MatchBuilder... alternatives) {
        return rule(clause(alternatives));
    }

    static Clause clause(MatchBuilder... alternatives) {
        return new Clause(Stream.of(alternatives).map(MatchBuilder::build).toList());
    }

    static MatchBuilder match() {
        return new MatchBuilder();
    }

    static final class MatchBuilder {
        final List<StringMatch> namespaces = new ArrayList<>();
        final List<StringMatch> notNamespaces = new ArrayList<>();
        final List<StringMatch> principals = new ArrayList<>();
        final List<StringMatch> notPrincipals = new ArrayList<>();
        final List<ServiceAccount> accounts = new ArrayList<>();
        final List<ServiceAccount> notAccounts = new ArrayList<>();
        final List<Cidr> sources = new ArrayList<>();
        final List<Cidr> notSources = new ArrayList<>();
        final List<Cidr> destinations = new ArrayList<>();
        final List<Cidr> notDestinations = new ArrayList<>();
        final List<Integer> ports = new ArrayList<>();
        final List<Integer> notPorts = new ArrayList<>();

        MatchBuilder namespace(StringMatch value) {
            namespaces.add(value);
            return this;
        }

        MatchBuilder notNamespace(StringMatch value) {
            notNamespaces.add(value);
            return this;
        }

        MatchBuilder principal(StringMatch value) {
            principals.add(value);
            return this;
        }

        MatchBuilder notPrincipal(StringMatch value) {
            notPrincipals.add(value);
            return this;
        }

        MatchBuilder account(String namespace, String name) {
            accounts.add(new ServiceAccount(namespace, name));
            return this;
        }

        MatchBuilder notAccount(String namespace, String name) {
            notAccounts.add(new ServiceAccount(namespace, name));
            return this;
        }

        MatchBuilder source(String block) {
            sources.add(Cidr.parse(block));
            return this;
        }

        MatchBuilder notSource(String block) {
            notSources.add(Cidr.parse(block));
            return this;
        }

        MatchBuilder destination(String block) {
            destinations.add(Cidr.parse(block));
            return this;
        }

        MatchBuilder notDestination(String block) {
            notDestinations.add(Cidr.parse(block));
            return this;
        }

        MatchBuilder port(int port) {
            ports.add(port);
            return this;
        }

        MatchBuilder notPort(int port) {
            notPorts.add(port);
            return this;
        }

        Match build() {
            return new Match(
                    namespaces,
                    notNamespaces,
                    principals,
                    notPrincipals,
                    accounts,
                    notAccounts,
                    sources,
                    notSources,
                    destinations,
                    notDestinations,
                    ports,
                    notPorts);
        }
    }
}
