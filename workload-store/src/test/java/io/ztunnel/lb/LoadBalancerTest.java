package io.ztunnel.lb;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ztunnel.routing.TestMesh;
import io.ztunnel.routing.TestService;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Trace;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@DisplayName("The load balancer")
class LoadBalancerTest {
    private final Random random = new Random(7);

    private @Nullable String choose(TestMesh mesh) {
        return choose(mesh, Trace.NONE);
    }

    private @Nullable String choose(TestMesh mesh, Trace trace) {
        Choice choice =
                LoadBalancer.choose(
                        mesh,
                        mesh.workloadNamed("client"),
                        mesh.serviceNamed("web"),
                        80,
                        Purpose.STANDARD,
                        random,
                        trace);
        return choice == null ? null : choice.workload().name();
    }

    private Map<String, Long> chooseMany(TestMesh mesh, int times) {
        return IntStream.range(0, times)
                .mapToObj(_ -> String.valueOf(choose(mesh)))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** Endpoints ever farther from the client, and one that has no address at all. */
    private static TestMesh mesh(TestService web) {
        return new TestMesh()
                .with(
                        workload("client").network("n").locality("r", "z", "s"),
                        workload("near", "10.0.0.2")
                                .network("n")
                                .locality("r", "z", "s")
                                .serves("web"),
                        workload("same-region", "10.0.0.3")
                                .network("n")
                                .locality("r", "other", "s")
                                .serves("web"),
                        workload("other-region", "10.0.0.4")
                                .network("n")
                                .locality("other", "z", "s")
                                .serves("web"),
                        workload("other-network", "10.0.0.5")
                                .network("other")
                                .locality("r", "z", "s")
                                .serves("web"),
                        workload("empty").network("n").locality("r", "z", "s").serves("web"))
                .with(web);
    }

    private static TestService web() {
        return service("web").port(80, 8080);
    }

    @Test
    @DisplayName("without preferences uses all endpoints that have an address")
    void standard() {
        assertThat(chooseMany(mesh(web()), 400))
                .containsOnlyKeys("near", "same-region", "other-region", "other-network");
    }

    @Test
    @DisplayName("in strict mode uses only endpoints that match every preference")
    void strict() {
        assertThat(chooseMany(mesh(web().balancing(Mode.STRICT, Scope.NETWORK, Scope.REGION)), 200))
                .containsOnlyKeys("near", "same-region");
    }

    @Test
    @DisplayName("in strict mode would rather fail than go elsewhere")
    void strictWithoutMatch() {
        TestMesh mesh = mesh(web().balancing(Mode.STRICT, Scope.CLUSTER));
        mesh.with(workload("client").cluster("elsewhere"));

        assertThat(choose(mesh)).isNull();
    }

    @Test
    @DisplayName("in failover mode uses the nearest there are")
    void failover() {
        TestMesh mesh =
                mesh(web().balancing(Mode.FAILOVER, Scope.NETWORK, Scope.REGION, Scope.ZONE));

        assertThat(chooseMany(mesh, 50)).containsOnlyKeys("near");

        mesh.with(workload("near", "10.0.0.2").unhealthy().serves("web"));
        assertThat(chooseMany(mesh, 50)).containsOnlyKeys("same-region");

        mesh.with(workload("same-region", "10.0.0.3").unhealthy().serves("web"));
        assertThat(chooseMany(mesh, 50)).containsOnlyKeys("other-region");

        mesh.with(workload("other-region", "10.0.0.4").unhealthy().serves("web"));
        assertThat(chooseMany(mesh, 50)).containsOnlyKeys("other-network");
    }

    @Test
    @DisplayName("shares connections by capacity")
    void capacity() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                workload("client"),
                                workload("a", "10.0.0.2").capacity(1).serves("web"),
                                workload("b", "10.0.0.3").capacity(6).serves("web"),
                                workload("none", "10.0.0.4").capacity(0).serves("web"),
                                workload("c", "10.0.0.5").capacity(3).serves("web"))
                        .with(web());

        Map<String, Long> counts = chooseMany(mesh, 20_000);

        assertThat(counts).containsOnlyKeys("a", "b", "c");
        assertThat(counts.getOrDefault("a", 0L) / 20_000.0).isCloseTo(0.1, within(0.02));
        assertThat(counts.getOrDefault("b", 0L) / 20_000.0).isCloseTo(0.6, within(0.02));
        assertThat(counts.getOrDefault("c", 0L) / 20_000.0).isCloseTo(0.3, within(0.02));
    }

    @Test
    @DisplayName("fails when none of the nearest has any capacity, even if farther ones have")
    void noCapacityNearby() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                workload("client").locality("r", "", ""),
                                workload("near", "10.0.0.2")
                                        .locality("r", "", "")
                                        .capacity(0)
                                        .serves("web"),
                                workload("far", "10.0.0.3").serves("web"))
                        .with(web().balancing(Mode.FAILOVER, Scope.REGION));

        assertThat(choose(mesh)).isNull();
    }

    @Test
    @DisplayName("reads capacity as an unsigned number, as the wire has it")
    void hugeCapacity() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                workload("client"),
                                workload("a", "10.0.0.2").capacity(-1).serves("web"),
                                workload("b", "10.0.0.3").capacity(-1).serves("web"))
                        .with(web());

        assertThat(chooseMany(mesh, 200)).containsOnlyKeys("a", "b");
    }

    @Test
    @DisplayName("uses an endpoint without address only across networks and through a gateway")
    void withoutAddress() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                workload("client"),
                                workload("here")
                                        .gateway(byAddress("", "10.9.9.9", 15008))
                                        .serves("web"),
                                workload("no-gateway").network("other").serves("web"),
                                workload("remote")
                                        .network("other")
                                        .gateway(byAddress("other", "10.9.9.9", 15008))
                                        .serves("web"),
                                workload("named").hostname("db.example").serves("web"))
                        .with(web());

        assertThat(chooseMany(mesh, 200)).containsOnlyKeys("remote", "named");
    }

    @Test
    @DisplayName("does not use unhealthy endpoints")
    void unhealthy() {
        TestMesh mesh =
                new TestMesh()
                        .with(
                                workload("client"),
                                workload("sick", "10.0.0.2").unhealthy().serves("web"))
                        .with(web());

        assertThat(choose(mesh)).isNull();
    }

    @Test
    @DisplayName("tells a listener of every endpoint, and chooses no differently")
    void explains() {
        TestMesh mesh = mesh(web().balancing(Mode.STRICT, Scope.NETWORK, Scope.REGION, Scope.ZONE));
        List<String> told = new ArrayList<>();

        assertThat(choose(mesh, (step, detail) -> told.add(step + ": " + detail.get())))
                .isEqualTo("near");
        assertThat(told)
                .containsExactly(
                        "endpoint: Kubernetes//Pod/default/near eligible, rank 5, capacity 1",
                        "endpoint: Kubernetes//Pod/default/same-region skipped: not where the"
                                + " service's strict preferences ask",
                        "endpoint: Kubernetes//Pod/default/other-region skipped: not where the"
                                + " service's strict preferences ask",
                        "endpoint: Kubernetes//Pod/default/other-network skipped: not where the"
                                + " service's strict preferences ask",
                        "endpoint: Kubernetes//Pod/default/empty skipped: has neither address nor"
                                + " host name",
                        "load-balancer: default/web.default.svc.cluster.local port 80 ->"
                                + " Kubernetes//Pod/default/near port 8080");
    }
}
