package io.ztunnel.policy;

import static io.ztunnel.policy.TestPolicy.dryRun;
import static io.ztunnel.policy.TestPolicy.in;
import static io.ztunnel.policy.TestPolicy.input;
import static io.ztunnel.policy.TestPolicy.match;
import static io.ztunnel.policy.TestPolicy.policy;
import static io.ztunnel.policy.TestPolicy.rule;
import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestMesh.byService;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.Scope;
import io.ztunnel.policy.Authorization.StringMatch.Presence;
import io.ztunnel.routing.TestMesh;
import io.ztunnel.routing.TestService;
import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.Optional;

@DisplayName("The hint of a denial")
class DenialHintTest {
    private static final Rule ELSE = rule(match().port(1));
    private static final Verdict NONE_ALLOWED = Verdict.NoneAllowed.INSTANCE;
    private static final Identity CLIENT = new Identity("cluster.local", "default", "client");

    private final TestMesh mesh =
            new TestMesh()
                    .with(
                            workload("wp-1", "10.0.0.9")
                                    .account("waypoint")
                                    .serves("wp", 15008, 15008),
                            workload("client", "10.0.0.1").account("client"))
                    .with(service("wp", "10.1.0.9").port(15008, 15008))
                    .with(
                            policy("named", Scope.WORKLOAD_SELECTOR, Action.ALLOW, ELSE),
                            policy("everyone", Scope.NAMESPACE, Action.ALLOW, ELSE),
                            dryRun(policy("tried", Scope.NAMESPACE, Action.ALLOW, ELSE)),
                            in("other", policy("far", Scope.NAMESPACE, Action.ALLOW, ELSE)));

    private Identity waypoint() {
        return mesh.workloadNamed("wp-1").identity();
    }

    private Optional<String> hint(
            TestWorkload destination, @Nullable Identity source, Verdict verdict) {
        Workload built = destination.build();
        mesh.with(destination);
        return DenialHint.of(mesh, built, input("10.0.0.9", source, "10.0.0.2", 8080), verdict);
    }

    private static TestWorkload behindService() {
        return workload("server", "10.0.0.2").serves("app", 8080, 8080).policies("default/named");
    }

    private void app(GatewayAddress waypoint) {
        TestService app = service("app", "10.1.0.1").port(8080, 8080);
        mesh.with(app.waypoint(waypoint));
    }

    @Test
    @DisplayName("names the waypoint's identity and the policies that lack it")
    void forgottenWaypoint() {
        app(byService("wp"));

        assertThat(hint(behindService(), waypoint(), NONE_ALLOWED))
                .hasValueSatisfying(
                        text ->
                                assertThat(text)
                                        .contains(
                                                "add the waypoint's identity "
                                                        + waypoint().principal()
                                                        + " to the principals of default/everyone,"
                                                        + " default/named,")
                                        .doesNotContain("tried")
                                        .doesNotContain("far")
                                        .doesNotContain("\n"));
    }

    @Test
    @DisplayName("finds the waypoint by VIP, of a canary split and of the workload itself")
    void everyWayToBeAWaypoint() {
        app(byAddress("", "10.1.0.9", 15008));
        assertThat(hint(behindService(), waypoint(), NONE_ALLOWED)).isPresent();

        app(byAddress("", "10.0.0.9", 15008));
        assertThat(hint(behindService(), waypoint(), NONE_ALLOWED)).isPresent();

        mesh.with(service("app", "10.1.0.1").port(8080, 8080).weighted(byService("wp"), 5));
        assertThat(hint(behindService(), waypoint(), NONE_ALLOWED)).isPresent();

        TestWorkload alone = workload("alone", "10.0.0.2").waypoint(byService("wp"));
        assertThat(hint(alone, waypoint(), NONE_ALLOWED)).isPresent();
    }

    @Test
    @DisplayName("is empty for a client that is no waypoint of the destination")
    void othersAreDeniedForWhatTheyAre() {
        app(byService("wp"));
        assertThat(hint(behindService(), CLIENT, NONE_ALLOWED)).isEmpty();

        mesh.with(service("app", "10.1.0.1").port(8080, 8080));
        assertThat(hint(behindService(), waypoint(), NONE_ALLOWED)).isEmpty();
    }

    @Test
    @DisplayName("is empty when a DENY policy names who is denied")
    void denied() {
        app(byService("wp"));
        assertThat(hint(behindService(), waypoint(), new Verdict.DeniedBy("default/x"))).isEmpty();
        assertThat(hint(behindService(), waypoint(), Verdict.Allowed.INSTANCE)).isEmpty();
    }

    @Test
    @DisplayName("says that a client without identity is not enrolled, where that is the reason")
    void plainText() {
        mesh.with(
                policy(
                        "strict",
                        Scope.WORKLOAD_SELECTOR,
                        Action.DENY,
                        rule(match().notPrincipal(new Presence()))),
                policy("port", Scope.WORKLOAD_SELECTOR, Action.DENY, ELSE));

        for (Verdict verdict :
                new Verdict[] {NONE_ALLOWED, new Verdict.DeniedBy("default/strict")}) {
            assertThat(hint(behindService(), null, verdict))
                    .hasValueSatisfying(
                            text -> assertThat(text).contains("istio.io/dataplane-mode=ambient"));
        }
        assertThat(hint(behindService(), null, new Verdict.DeniedBy("default/port"))).isEmpty();
        assertThat(hint(behindService(), null, new Verdict.DeniedBy("default/gone"))).isEmpty();
    }
}
