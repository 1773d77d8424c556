package io.ztunnel.xds;

import static io.ztunnel.xds.WireFixture.bytes;
import static io.ztunnel.xds.WireFixture.v4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Address;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.security.ServiceAccountMatch;
import io.ztunnel.api.security.StringMatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

class AuthorizationDecoderTest {
    private static final Address GOOD =
            Address.newBuilder().setAddress(v4(1)).setLength(32).build();
    private static final Address BAD = Address.newBuilder().setAddress(bytes(1, 2)).build();
    private static final Address TOO_LONG = GOOD.toBuilder().setLength(33).build();
    private static final StringMatch NOTHING = StringMatch.getDefaultInstance();
    private static final StringMatch X = StringMatch.newBuilder().setExact("x").build();

    private static final String NEVER = matchText("[]", "[]", "[]", "[]");

    private final AuthorizationDecoder decoder = new AuthorizationDecoder(new FieldDecoder());

    private static Authorization.Builder policy(Match.Builder... matches) {
        Clause.Builder clause = Clause.newBuilder();
        for (Match.Builder match : matches) {
            clause.addMatches(match);
        }
        return Authorization.newBuilder()
                .setName("p")
                .setNamespace("ns1")
                .addRules(Rule.newBuilder().addClauses(clause));
    }

    private io.ztunnel.policy.Authorization decode(Authorization.Builder wire)
            throws InvalidResourceException {
        return decoder.decode(wire.build()).policy();
    }

    @Test
    void takesEveryFieldOver() throws Exception {
        io.ztunnel.policy.Authorization policy =
                decode(
                        policy(
                                        Match.newBuilder()
                                                .addNamespaces(X)
                                                .addNotNamespaces(
                                                        StringMatch.newBuilder().setPrefix("p"))
                                                .addPrincipals(
                                                        StringMatch.newBuilder().setSuffix("s"))
                                                .addNotPrincipals(
                                                        StringMatch.newBuilder()
                                                                .setPresence(
                                                                        Empty.getDefaultInstance()))
                                                .addSourceIps(GOOD)
                                                .addNotSourceIps(GOOD.toBuilder().setLength(8))
                                                .addDestinationIps(GOOD.toBuilder().setLength(16))
                                                .addNotDestinationIps(GOOD.toBuilder().setLength(0))
                                                .addDestinationPorts(80)
                                                .addNotDestinationPorts(65536 + 81)
                                                .addServiceAccounts(
                                                        ServiceAccountMatch.newBuilder()
                                                                .setNamespace("n")
                                                                .setServiceAccount("a"))
                                                .addNotServiceAccounts(
                                                        ServiceAccountMatch.newBuilder()
                                                                .setServiceAccount("b")))
                                .setScope(Scope.WORKLOAD_SELECTOR)
                                .setAction(Action.DENY)
                                .setDryRun(true));
        assertThat(policy.key()).isEqualTo("ns1/p");
        assertThat(policy.scope())
                .isEqualTo(io.ztunnel.policy.Authorization.Scope.WORKLOAD_SELECTOR);
        assertThat(policy.action()).isEqualTo(io.ztunnel.policy.Authorization.Action.DENY);
        assertThat(policy.dryRun()).isTrue();
        assertThat(policy.rules().getFirst().clauses().getFirst().matches())
                .singleElement()
                .hasToString(
                        "Match[namespaces=[Exact[value=x]], notNamespaces=[Prefix[value=p]],"
                                + " principals=[Suffix[value=s]], notPrincipals=[Presence[]],"
                                + " serviceAccounts=[ServiceAccount[namespace=n, name=a]],"
                                + " notServiceAccounts=[ServiceAccount[namespace=, name=b]],"
                                + " sourceIps=[10.0.0.1/32], notSourceIps=[10.0.0.1/8],"
                                + " destinationIps=[10.0.0.1/16], notDestinationIps=[10.0.0.1/0],"
                                + " destinationPorts=[80], notDestinationPorts=[81]]");
    }

    @Test
    void keepsTheNestingOfEmptyParts() throws Exception {
        assertThat(decode(Authorization.newBuilder()).rules()).isEmpty();
        assertThat(decode(Authorization.newBuilder().addRules(Rule.getDefaultInstance())).rules())
                .hasToString("[Rule[clauses=[]]]");
        assertThat(decode(policy()).rules()).hasToString("[Rule[clauses=[Clause[matches=[]]]]]");
    }

    @Test
    void anUnknownScopeOrActionRejects() {
        assertThatThrownBy(() -> decode(policy().setScopeValue(7)))
                .isInstanceOf(InvalidResourceException.class)
                .hasMessageContaining("scope 7");
        assertThatThrownBy(() -> decode(policy().setActionValue(7)))
                .isInstanceOf(InvalidResourceException.class)
                .hasMessageContaining("action 7");
    }

    private static String matchText(
            String namespaces, String notPrincipals, String ips, String no) {
        return "Match[namespaces=%s, notNamespaces=[], principals=[], notPrincipals=%s, "
                        .formatted(namespaces, notPrincipals)
                + "serviceAccounts=[], notServiceAccounts=[], sourceIps=%s, notSourceIps=%s, "
                        .formatted(ips, no)
                + "destinationIps=[], notDestinationIps=[], destinationPorts=[],"
                + " notDestinationPorts=[]]";
    }

    private static Arguments row(
            String rule, Action action, Match.Builder match, String clause, boolean complains) {
        return Arguments.of(rule, action, match, clause, complains);
    }

    static Stream<Arguments> unreadable() {
        String exactX = "[Exact[value=x]]";
        return Stream.of(
                row(
                        "ALLOW: one of several sources is left out",
                        Action.ALLOW,
                        Match.newBuilder().addSourceIps(BAD).addSourceIps(GOOD),
                        "[" + matchText("[]", "[]", "[10.0.0.1/32]", "[]") + "]",
                        false),
                row(
                        "ALLOW: the last source makes the match impossible",
                        Action.ALLOW,
                        Match.newBuilder().addSourceIps(TOO_LONG).addNamespaces(X),
                        "[" + NEVER + "]",
                        true),
                row(
                        "ALLOW: the last namespace makes the match impossible",
                        Action.ALLOW,
                        Match.newBuilder().addNamespaces(NOTHING),
                        "[" + NEVER + "]",
                        true),
                row(
                        "ALLOW: an exception that cannot be read makes the match impossible",
                        Action.ALLOW,
                        Match.newBuilder()
                                .addNamespaces(X)
                                .addNotSourceIps(GOOD)
                                .addNotSourceIps(BAD),
                        "[" + NEVER + "]",
                        true),
                row(
                        "ALLOW: so does a principal among the exceptions",
                        Action.ALLOW,
                        Match.newBuilder().addNotPrincipals(NOTHING),
                        "[" + NEVER + "]",
                        true),
                row(
                        "DENY: a source that cannot be read widens to every source",
                        Action.DENY,
                        Match.newBuilder().addNamespaces(X).addSourceIps(GOOD).addSourceIps(BAD),
                        "[" + matchText(exactX, "[]", "[]", "[]") + "]",
                        true),
                row(
                        "DENY: with nothing left to constrain it the clause always holds",
                        Action.DENY,
                        Match.newBuilder().addSourceIps(BAD),
                        "[]",
                        true),
                row(
                        "DENY: an exception that cannot be read is left out",
                        Action.DENY,
                        Match.newBuilder().addNamespaces(X).addNotSourceIps(BAD),
                        "[" + matchText(exactX, "[]", "[]", "[]") + "]",
                        false),
                row(
                        "DENY: so is the last of the exceptions, with nothing else to constrain",
                        Action.DENY,
                        Match.newBuilder().addNotSourceIps(BAD),
                        "[]",
                        false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void anUnreadableValueNeverLetsAnybodyIn(
            String rule, Action action, Match.Builder match, String clause, boolean complains)
            throws Exception {
        AuthorizationDecoder.Decoded decoded =
                decoder.decode(policy(match).setAction(action).build());
        assertThat(decoded.policy().rules().getFirst().clauses().getFirst().matches())
                .hasToString(clause);
        assertThat(decoded.complaint() != null).isEqualTo(complains);
    }

    @Test
    void anotherAlternativeOfTheClauseIsNotTouched() throws Exception {
        AuthorizationDecoder.Decoded decoded =
                decoder.decode(
                        policy(
                                        Match.newBuilder().addSourceIps(BAD),
                                        Match.newBuilder().addNamespaces(X))
                                .build());
        assertThat(decoded.policy().rules().getFirst().clauses().getFirst().matches())
                .hasToString(
                        "[" + NEVER + ", " + matchText("[Exact[value=x]]", "[]", "[]", "[]") + "]");
    }
}
