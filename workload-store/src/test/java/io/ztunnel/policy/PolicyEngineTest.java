package io.ztunnel.policy;

import static io.ztunnel.policy.TestPolicy.PLAIN;
import static io.ztunnel.policy.TestPolicy.TLS;
import static io.ztunnel.policy.TestPolicy.anything;
import static io.ztunnel.policy.TestPolicy.clause;
import static io.ztunnel.policy.TestPolicy.dryRun;
import static io.ztunnel.policy.TestPolicy.in;
import static io.ztunnel.policy.TestPolicy.input;
import static io.ztunnel.policy.TestPolicy.match;
import static io.ztunnel.policy.TestPolicy.policy;
import static io.ztunnel.policy.TestPolicy.rule;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.Scope;
import io.ztunnel.policy.Authorization.StringMatch.Presence;
import io.ztunnel.routing.TestMesh;
import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

@DisplayName("Authorization")
class PolicyEngineTest {
    private static final Rule MATCHING = rule(match().port(8080));
    private static final Rule OTHER = rule(match().port(1));
    private static final Verdict ALLOWED = Verdict.Allowed.INSTANCE;
    private static final Verdict NONE_ALLOWED = Verdict.NoneAllowed.INSTANCE;

    private final List<String> observed = new ArrayList<>();
    private final List<String> verdicts = new ArrayList<>();
    private final PolicyEngine engine =
            new PolicyEngine(
                    new PolicyObserver() {
                        @Override
                        public void onDryRunMatch(
                                Authorization policy, Workload destination, PolicyInput input) {
                            observed.add("dry-run " + policy.action() + " " + policy.key());
                        }

                        @Override
                        public void onDryRunNoneAllowed(Workload destination, PolicyInput input) {
                            observed.add("dry-run none allowed");
                        }

                        @Override
                        public void onUnknownPolicy(String key, Workload destination) {
                            observed.add("unknown " + key);
                        }

                        @Override
                        public void onVerdict(
                                Verdict verdict,
                                @Nullable Authorization policy,
                                Workload destination) {
                            verdicts.add(
                                    verdict.text() + (policy == null ? "" : " by " + policy.key()));
                        }
                    });

    private static TestWorkload server() {
        return workload("server", "10.0.0.2");
    }

    private Verdict evaluate(TestWorkload destination, Authorization... policies) {
        return evaluate(PLAIN, destination, policies);
    }

    private Verdict evaluate(
            PolicyInput input, TestWorkload destination, Authorization... policies) {
        return engine.evaluate(
                new TestMesh().with(policies), destination.build(), input, Trace.NONE);
    }

    private static Authorization global(String name, Action action, Rule... rules) {
        return policy(name, Scope.GLOBAL, action, rules);
    }

    @Test
    @DisplayName("without any policy allows")
    void noPolicy() {
        assertThat(evaluate(server())).isEqualTo(ALLOWED);
    }

    @Test
    @DisplayName("with ALLOW policies needs one that matches")
    void allow() {
        assertThat(evaluate(server(), global("a", Action.ALLOW, OTHER))).isEqualTo(NONE_ALLOWED);
        assertThat(
                        evaluate(
                                server(),
                                global("a", Action.ALLOW, OTHER),
                                global("b", Action.ALLOW, MATCHING)))
                .isEqualTo(ALLOWED);
    }

    @Test
    @DisplayName("with an ALLOW policy without rules allows nothing")
    void allowNothing() {
        assertThat(evaluate(server(), global("a", Action.ALLOW))).isEqualTo(NONE_ALLOWED);
    }

    @Test
    @DisplayName("denies what a DENY policy matches, and names the policy")
    void deny() {
        assertThat(evaluate(server(), global("a", Action.DENY, MATCHING)))
                .isEqualTo(new Verdict.DeniedBy("default/a"));
        assertThat(evaluate(server(), global("a", Action.DENY, OTHER))).isEqualTo(ALLOWED);
        assertThat(evaluate(server(), global("a", Action.DENY))).isEqualTo(ALLOWED);
    }

    @Test
    @DisplayName("tells how it ended, and which policy it was")
    void verdicts() {
        Authorization allow = global("allow", Action.ALLOW, MATCHING);
        evaluate(server());
        evaluate(server(), global("other", Action.DENY, OTHER));
        evaluate(server(), global("other", Action.ALLOW, OTHER), allow);
        evaluate(server(), global("other", Action.ALLOW, OTHER));
        evaluate(server(), allow, global("deny", Action.DENY, MATCHING));
        assertThat(verdicts)
                .containsExactly(
                        ALLOWED.text(),
                        ALLOWED.text(),
                        ALLOWED.text() + " by default/allow",
                        NONE_ALLOWED.text(),
                        new Verdict.DeniedBy("default/deny").text() + " by default/deny");
    }

    @Test
    @DisplayName("denies before it allows, whatever the order")
    void denyWins() {
        Authorization allow = global("allow", Action.ALLOW, MATCHING);
        Authorization deny = global("deny", Action.DENY, MATCHING);

        assertThat(evaluate(server(), allow, deny)).isEqualTo(new Verdict.DeniedBy("default/deny"));
        assertThat(
                        evaluate(
                                server().policies("default/deny"),
                                allow,
                                policy("deny", Scope.WORKLOAD_SELECTOR, Action.DENY, MATCHING)))
                .isEqualTo(new Verdict.DeniedBy("default/deny"));
    }

    @Test
    @DisplayName("speaks in the words of the reference's access log")
    void words() {
        assertThat(new Verdict.DeniedBy("bookinfo/deny-curl").text())
                .isEqualTo("explicitly denied by: bookinfo/deny-curl");
        assertThat(NONE_ALLOWED.text()).isEqualTo("allow policies exist, but none allowed");
    }

    @Test
    @DisplayName("takes policies of the workload's namespace, of the mesh, and named ones")
    void scopes() {
        Authorization namespaced = policy("p", Scope.NAMESPACE, Action.DENY, anything());
        Authorization selected = policy("p", Scope.WORKLOAD_SELECTOR, Action.DENY, anything());
        Authorization global = policy("p", Scope.GLOBAL, Action.DENY, anything());
        Verdict denied = new Verdict.DeniedBy("default/p");

        assertThat(evaluate(server(), namespaced)).isEqualTo(denied);
        assertThat(evaluate(server().in("other"), namespaced)).isEqualTo(ALLOWED);
        assertThat(evaluate(server().in("other"), global)).isEqualTo(denied);
        assertThat(evaluate(server(), selected)).isEqualTo(ALLOWED);
        assertThat(evaluate(server().policies("default/p"), selected)).isEqualTo(denied);
        assertThat(evaluate(server().in("other").policies("default/p"), selected))
                .isEqualTo(denied);
    }

    @Test
    @DisplayName("leaves out a named policy that is not known, and tells so once")
    void unknownPolicy() {
        assertThat(
                        evaluate(
                                server().policies("default/gone", "default/here"),
                                policy("here", Scope.WORKLOAD_SELECTOR, Action.ALLOW, OTHER)))
                .isEqualTo(NONE_ALLOWED);
        assertThat(evaluate(server().policies("default/gone"))).isEqualTo(ALLOWED);

        assertThat(observed).containsExactly("unknown default/gone", "unknown default/gone");
    }

    @Test
    @DisplayName("as istiod writes strict mTLS denies plain text and nothing else")
    void strictMutualTls() {
        Authorization strict =
                in(
                        "istio-system",
                        policy(
                                "istio_converted_static_strict",
                                Scope.WORKLOAD_SELECTOR,
                                Action.DENY,
                                rule(match().notPrincipal(new Presence()))));
        TestWorkload server = server().policies("istio-system/istio_converted_static_strict");

        assertThat(evaluate(PLAIN, server, strict))
                .isEqualTo(new Verdict.DeniedBy("istio-system/istio_converted_static_strict"));
        assertThat(evaluate(TLS, server, strict)).isEqualTo(ALLOWED);
    }

    @Test
    @DisplayName("as istiod writes a permissive port under strict mTLS lets plain text in there")
    void strictWithPermissivePort() {
        Authorization strict =
                policy(
                        "converted_peer_authentication_x",
                        Scope.WORKLOAD_SELECTOR,
                        Action.DENY,
                        rule(
                                clause(match().notPrincipal(new Presence())),
                                clause(match().notPort(9090))));
        TestWorkload server = server().policies(strict.key());

        assertThat(evaluate(PLAIN, server, strict).allowed()).isFalse();
        assertThat(evaluate(input("10.0.0.1", null, "10.0.0.2", 9090), server, strict).allowed())
                .isTrue();
        assertThat(evaluate(TLS, server, strict).allowed()).isTrue();
    }

    @Test
    @DisplayName("as istiod writes a strict port under permissive mTLS keeps plain text out there")
    void permissiveWithStrictPort() {
        Authorization permissive =
                policy(
                        "converted_peer_authentication_y",
                        Scope.WORKLOAD_SELECTOR,
                        Action.DENY,
                        rule(match().notPrincipal(new Presence()).port(8080)),
                        rule(match().notPrincipal(new Presence()).port(8081)));
        TestWorkload server = server().policies(permissive.key());

        assertThat(evaluate(PLAIN, server, permissive).allowed()).isFalse();
        assertThat(
                        evaluate(input("10.0.0.1", null, "10.0.0.2", 9090), server, permissive)
                                .allowed())
                .isTrue();
        assertThat(evaluate(TLS, server, permissive).allowed()).isTrue();
    }

    @Test
    @DisplayName("only reports what dry-run policies would do")
    void dryRunNeverDecides() {
        assertThat(evaluate(server(), dryRun(global("d", Action.DENY, MATCHING))))
                .isEqualTo(ALLOWED);
        assertThat(observed).containsExactly("dry-run DENY default/d");

        observed.clear();
        assertThat(evaluate(server(), dryRun(global("a", Action.ALLOW, OTHER)))).isEqualTo(ALLOWED);
        assertThat(observed).containsExactly("dry-run none allowed");

        observed.clear();
        assertThat(
                        evaluate(
                                server(),
                                dryRun(global("a", Action.ALLOW, MATCHING)),
                                global("b", Action.ALLOW, OTHER)))
                .isEqualTo(NONE_ALLOWED);
        assertThat(observed).containsExactly("dry-run ALLOW default/a");
    }

    @Test
    @DisplayName("reports dry-run DENY even when another denies, dry-run ALLOW only when none does")
    void dryRunOrder() {
        evaluate(
                server(),
                global("deny", Action.DENY, MATCHING),
                dryRun(global("dry-deny", Action.DENY, MATCHING)),
                dryRun(global("dry-allow", Action.ALLOW, MATCHING)));

        assertThat(observed).containsExactly("dry-run DENY default/dry-deny");
    }

    @Test
    @DisplayName("says nothing of dry-run policies that do not match beside enforced ones")
    void dryRunBesideEnforced() {
        evaluate(
                server(),
                global("a", Action.ALLOW, MATCHING),
                dryRun(global("b", Action.ALLOW, OTHER)),
                dryRun(global("c", Action.DENY, OTHER)));

        assertThat(observed).isEmpty();
    }

    @Test
    @DisplayName("considers a policy once that applies and is named as well")
    void namedTwice() {
        evaluate(
                server().policies("default/d"),
                dryRun(policy("d", Scope.NAMESPACE, Action.DENY, MATCHING)));

        assertThat(observed).containsExactly("dry-run DENY default/d");
    }

    @Test
    @DisplayName("tells a listener each policy that was tried, and the decision")
    void explains() {
        List<String> told = new ArrayList<>();
        TestMesh mesh =
                new TestMesh()
                        .with(
                                global("a", Action.ALLOW, OTHER),
                                dryRun(global("d", Action.DENY, MATCHING)));

        engine.evaluate(
                mesh,
                server().policies("default/gone").build(),
                PLAIN,
                (step, detail) -> told.add(step + ": " + detail.get()));

        assertThat(told)
                .containsExactly(
                        "policy: DENY default/d (dry run) matches",
                        "policy: default/gone is not known: left out",
                        "policy: ALLOW default/a does not match",
                        "policy: decision: allow policies exist, but none allowed");
    }
}
