package io.ztunnel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.Scope;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.routing.TestMesh;
import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Against trying every policy, which is what an evaluation does for somebody who listens. */
class PolicyFilterProperties {
    private static final List<String> NAMES = List.of("a", "b", "ab", "");
    private static final List<String> PRINCIPALS =
            List.of("td/ns/a/sa/a", "td/ns/a/sa/b", "td/ns/b/sa/a", "td/ns/a", "td", "");
    private static final List<String> BLOCKS =
            List.of("10.0.0.1/32", "10.0.0.0/24", "0.0.0.0/0", "fd00::1/128", "fd00::/16", "::/0");

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static StringMatch text(Random random, List<String> texts) {
        String text = pick(random, texts);
        return switch (random.nextInt(6)) {
            case 0 -> new StringMatch.Prefix(text);
            case 1 -> new StringMatch.Suffix(text);
            case 2 -> new StringMatch.Presence();
            default -> new StringMatch.Exact(text);
        };
    }

    private static TestPolicy.MatchBuilder match(Random random) {
        TestPolicy.MatchBuilder match = TestPolicy.match();
        for (int i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(9)) {
                case 0, 1 -> match.principal(text(random, PRINCIPALS));
                case 2 -> match.namespace(text(random, NAMES));
                case 3 -> match.account(pick(random, NAMES), pick(random, NAMES));
                case 4 -> match.source(pick(random, BLOCKS));
                case 5 -> match.port(random.nextInt(3) + (random.nextBoolean() ? 65_536 : 0));
                case 6 -> match.notPrincipal(text(random, PRINCIPALS));
                case 7 -> match.notNamespace(text(random, NAMES));
                default -> match.notPort(random.nextInt(3));
            }
        }
        return match;
    }

    private static Rule rule(Random random) {
        List<Clause> clauses = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            TestPolicy.MatchBuilder[] alternatives = new TestPolicy.MatchBuilder[random.nextInt(3)];
            for (int j = 0; j < alternatives.length; j++) {
                alternatives[j] = match(random);
            }
            clauses.add(TestPolicy.clause(alternatives));
        }
        return new Rule(clauses);
    }

    private static Authorization policy(Random random, int number) {
        Rule[] rules = new Rule[random.nextInt(3)];
        for (int i = 0; i < rules.length; i++) {
            rules[i] = rule(random);
        }
        Authorization policy =
                TestPolicy.policy(
                        "p" + number,
                        pick(random, List.of(Scope.values())),
                        pick(random, List.of(Action.values())),
                        rules);
        return random.nextInt(4) == 0 ? TestPolicy.dryRun(policy) : policy;
    }

    private static PolicyInput connection(Random random) {
        Identity identity =
                random.nextInt(4) == 0
                        ? null
                        : new Identity("td", pick(random, NAMES), pick(random, NAMES));
        String source = pick(random, List.of("10.0.0.1", "10.0.0.2", "fd00::1", "fe80::1"));
        return TestPolicy.input(source, identity, "10.0.0.9", random.nextInt(3));
    }

    private static final class Heard implements PolicyObserver {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void onDryRunMatch(Authorization policy, Workload destination, PolicyInput input) {
            lines.add(policy.key());
        }

        @Override
        public void onDryRunNoneAllowed(Workload destination, PolicyInput input) {
            lines.add("none allowed");
        }

        @Override
        public void onUnknownPolicy(String key, Workload destination) {
            lines.add("unknown " + key);
        }

        @Override
        public void onVerdict(
                Verdict verdict, @Nullable Authorization policy, Workload destination) {
            lines.add(verdict.text());
        }
    }

    @Property(tries = 3_000)
    void nobodyNoticesThatOnlySomePoliciesAreTried(@ForAll Random random) {
        Authorization[] policies = new Authorization[random.nextInt(8)];
        for (int i = 0; i < policies.length; i++) {
            policies[i] = policy(random, i);
        }
        TestMesh mesh = new TestMesh().with(policies);
        Workload server =
                TestWorkload.workload("server", "10.0.0.9")
                        .policies("default/p0", "default/p1", "default/gone")
                        .build();
        for (int i = 0; i < 5; i++) {
            PolicyInput input = connection(random);
            Heard all = new Heard();
            Heard some = new Heard();
            Trace listening = (_, detail) -> assertThat(detail.get()).isNotEmpty();

            Verdict expected = new PolicyEngine(all).evaluate(mesh, server, input, listening);
            Verdict verdict = new PolicyEngine(some).evaluate(mesh, server, input, Trace.NONE);

            assertThat(verdict).isEqualTo(expected);
            assertThat(some.lines).isEqualTo(all.lines);
        }
    }

    @Property(tries = 300)
    void aPolicyThatIsNoCandidateDoesNotMatch(@ForAll Random random) {
        TreeMap<String, Authorization> policies = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            policies.put("default/p" + i, policy(random, i));
        }
        PolicySet set = new PolicySet(policies);
        for (Action action : Action.values()) {
            Attributes connection = new Attributes(connection(random));
            List<Authorization> candidates = set.candidates(action, connection);
            List<Authorization> matching =
                    set.of(action).stream()
                            .filter(policy -> PolicyMatcher.matches(policy, connection))
                            .toList();

            assertThat(candidates).isSubsetOf(set.of(action)).containsAll(matching);
            assertThat(candidates)
                    .isSortedAccordingTo(
                            (a, b) -> set.of(action).indexOf(a) - set.of(action).indexOf(b));
        }
    }
}
