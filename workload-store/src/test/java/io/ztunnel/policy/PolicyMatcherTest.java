package io.ztunnel.policy;

import static io.ztunnel.policy.TestPolicy.PLAIN;
import static io.ztunnel.policy.TestPolicy.TLS;
import static io.ztunnel.policy.TestPolicy.anything;
import static io.ztunnel.policy.TestPolicy.clause;
import static io.ztunnel.policy.TestPolicy.input;
import static io.ztunnel.policy.TestPolicy.match;
import static io.ztunnel.policy.TestPolicy.policy;
import static io.ztunnel.policy.TestPolicy.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.Scope;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.policy.Authorization.StringMatch.Exact;
import io.ztunnel.policy.Authorization.StringMatch.Prefix;
import io.ztunnel.policy.Authorization.StringMatch.Presence;
import io.ztunnel.policy.Authorization.StringMatch.Suffix;
import io.ztunnel.policy.TestPolicy.MatchBuilder;
import io.ztunnel.store.Identity;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

import java.util.List;

@DisplayName("A policy")
class PolicyMatcherTest {
    private static boolean matches(PolicyInput input, Rule... rules) {
        return PolicyMatcher.matches(
                policy("p", Scope.GLOBAL, Action.ALLOW, rules), new Attributes(input));
    }

    @Test
    @DisplayName("without rules matches nothing")
    void noRules() {
        assertThat(matches(TLS)).isFalse();
    }

    @Test
    @DisplayName("with a rule without clauses matches everything")
    void noClauses() {
        assertThat(matches(PLAIN, anything())).isTrue();
    }

    @Test
    @DisplayName("with a clause without matches matches everything")
    void noMatches() {
        assertThat(matches(PLAIN, rule(clause()))).isTrue();
    }

    @Test
    @DisplayName("with a match without attributes matches nothing by it")
    void blankMatch() {
        assertThat(matches(TLS, rule(match()))).isFalse();
        assertThat(matches(TLS, rule(match(), match().port(8080)))).isTrue();
        assertThat(matches(TLS, rule(clause(match()), clause()))).isFalse();
    }

    @Test
    @DisplayName("matches when any rule does")
    void rulesAreAlternatives() {
        Rule no = rule(match().port(1));
        Rule yes = rule(match().port(8080));

        assertThat(matches(PLAIN, no, yes)).isTrue();
        assertThat(matches(PLAIN, no, no)).isFalse();
    }

    @Test
    @DisplayName("needs every clause of a rule")
    void clausesAreTogether() {
        assertThat(
                        matches(
                                PLAIN,
                                rule(
                                        clause(match().port(8080)),
                                        clause(match().source("10.0.0.0/8")))))
                .isTrue();
        assertThat(
                        matches(
                                PLAIN,
                                rule(
                                        clause(match().port(8080)),
                                        clause(match().source("11.0.0.0/8")))))
                .isFalse();
    }

    @Test
    @DisplayName("needs any match of a clause")
    void matchesAreAlternatives() {
        assertThat(matches(PLAIN, rule(match().port(1), match().port(8080)))).isTrue();
        assertThat(matches(PLAIN, rule(match().port(1), match().port(2)))).isFalse();
    }

    @Test
    @DisplayName("needs every attribute of a match, and any value of each")
    void attributesAreTogether() {
        assertThat(matches(TLS, rule(match().port(1).port(8080).namespace(new Exact("ns")))))
                .isTrue();
        assertThat(matches(TLS, rule(match().port(8080).namespace(new Exact("other"))))).isFalse();
    }

    @Test
    @DisplayName("needs a value of the positive list and none of the negative")
    void positiveAndNegative() {
        assertThat(matches(TLS, rule(match().namespace(new Presence()).notPort(1)))).isTrue();
        assertThat(
                        matches(
                                TLS,
                                rule(
                                        match().namespace(new Presence())
                                                .notNamespace(new Exact("ns")))))
                .isFalse();
    }

    /** The match, and whether it matches plain text, the identity td/ns/sa and td2/ns2/sa2. */
    @SuppressWarnings("unused") // named by the test below
    private static final List<Arguments> ATTRIBUTES =
            List.of(
                    row("namespace", match().namespace(new Exact("ns")), false, true, false),
                    row("not namespace", match().notNamespace(new Exact("ns")), true, false, true),
                    row("namespace present", match().namespace(new Presence()), false, true, true),
                    row(
                            "namespace absent",
                            match().notNamespace(new Presence()),
                            true,
                            false,
                            false),
                    row(
                            "principal",
                            match().principal(new Exact("td/ns/ns/sa/sa")),
                            false,
                            true,
                            false),
                    row(
                            "principal with its scheme never matches",
                            match().principal(new Exact("spiffe://td/ns/ns/sa/sa")),
                            false,
                            false,
                            false),
                    row(
                            "principal by prefix",
                            match().principal(new Prefix("td/")),
                            false,
                            true,
                            false),
                    row(
                            "principal by suffix",
                            match().principal(new Suffix("/sa/sa2")),
                            false,
                            false,
                            true),
                    row("principal present", match().principal(new Presence()), false, true, true),
                    row(
                            "not principal",
                            match().notPrincipal(new Exact("td/ns/ns/sa/sa")),
                            true,
                            false,
                            true),
                    row(
                            "principal absent: strict mTLS denies by this",
                            match().notPrincipal(new Presence()),
                            true,
                            false,
                            false),
                    row("service account", match().account("ns", "sa"), false, true, false),
                    row(
                            "service account elsewhere",
                            match().account("x", "sa"),
                            false,
                            false,
                            false),
                    row(
                            "another of the namespace",
                            match().account("ns", "x"),
                            false,
                            false,
                            false),
                    row("not service account", match().notAccount("ns", "sa"), true, false, true),
                    row("source", match().source("10.0.0.1"), true, true, false),
                    row("not source", match().notSource("10.0.0.1"), false, false, true),
                    row("destination", match().destination("10.0.0.2"), true, true, false),
                    row("not destination", match().notDestination("10.0.0.2"), false, false, true),
                    row("port", match().port(8080), true, true, false),
                    row("port above 16 bits", match().port(0x1_0000 + 8080), true, true, false),
                    row("not port", match().notPort(8080), false, false, true));

    private static Arguments row(
            String what, MatchBuilder match, boolean plain, boolean tls, boolean other) {
        return Arguments.of(what, match, plain, tls, other);
    }

    @ParameterizedTest(name = "{0}")
    @FieldSource("ATTRIBUTES")
    @DisplayName("matches by each attribute")
    void attributes(String what, MatchBuilder match, boolean plain, boolean tls, boolean other) {
        PolicyInput elsewhere =
                input("10.1.1.1", new Identity("td2", "ns2", "sa2"), "10.1.1.2", 9090);

        assertThat(matches(PLAIN, rule(match))).as("plain text").isEqualTo(plain);
        assertThat(matches(TLS, rule(match))).as("td/ns/sa").isEqualTo(tls);
        assertThat(matches(elsewhere, rule(match))).as("td2/ns2/sa2").isEqualTo(other);
    }

    @Test
    @DisplayName("by service account ignores the trust domain")
    void accountOfAnyTrustDomain() {
        PolicyInput foreign = input("10.0.0.1", new Identity("x", "ns", "sa"), "10.0.0.2", 80);

        assertThat(matches(foreign, rule(match().account("ns", "sa")))).isTrue();
    }

    @ParameterizedTest(name = "{0} in {1}: {2}")
    @CsvSource({
        "10.0.0.1, 10.0.0.0/8, true",
        "10.255.0.1, 10.7.7.7/8, true",
        "11.0.0.1, 10.0.0.0/8, false",
        "10.0.0.1, 10.0.0.1/32, true",
        "10.0.0.1, 0.0.0.0/0, true",
        "fd00::1, 0.0.0.0/0, false",
        "10.0.0.1, ::/0, false",
        "fd00::1, fd00::/8, true",
        "fe00::1, fd00::/8, false"
    })
    @DisplayName("by address matches blocks of the same family")
    void blocks(String source, String block, boolean expected) {
        assertThat(matches(input(source, null, "10.0.0.2", 80), rule(match().source(block))))
                .isEqualTo(expected);
    }

    @SuppressWarnings("unused") // named by the test below
    private static final List<Arguments> STRINGS =
            List.of(
                    Arguments.of(new Exact("name"), "name", true),
                    Arguments.of(new Exact("Name"), "name", false),
                    Arguments.of(new Exact("nam"), "name", false),
                    Arguments.of(new Prefix("na"), "name", true),
                    Arguments.of(new Prefix("name"), "name", true),
                    Arguments.of(new Prefix("me"), "name", false),
                    Arguments.of(new Suffix("me"), "name", true),
                    Arguments.of(new Suffix("na"), "name", false),
                    Arguments.of(new Suffix("ME"), "name", false),
                    Arguments.of(new Presence(), "name", true),
                    Arguments.of(new Presence(), "", false));

    @ParameterizedTest(name = "{0} against \"{1}\": {2}")
    @FieldSource("STRINGS")
    @DisplayName("compares strings with regard to case")
    void strings(StringMatch pattern, String namespace, boolean expected) {
        PolicyInput input = input("10.0.0.1", new Identity("td", namespace, "sa"), "10.0.0.2", 80);

        assertThat(matches(input, rule(match().namespace(pattern)))).isEqualTo(expected);
    }
}
