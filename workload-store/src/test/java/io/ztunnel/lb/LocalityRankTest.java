package io.ztunnel.lb;

import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Service.LoadBalancing.HealthPolicy;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.stream.Stream;

@DisplayName("The rank of an endpoint")
class LocalityRankTest {
    private static final Workload CLIENT =
            workload("client").network("n").cluster("c").node("k").locality("r", "z", "s").build();

    private static LoadBalancing balancing(Mode mode, String scopes) {
        List<Scope> preferences =
                scopes.isEmpty()
                        ? List.of()
                        : Stream.of(scopes.split(" ")).map(Scope::valueOf).toList();
        return new LoadBalancing(preferences, mode, HealthPolicy.ONLY_HEALTHY);
    }

    /** Letters name what the endpoint shares with the client: n, c, k (node), r, z, s. */
    private static Workload sharing(String shared) {
        TestWorkload endpoint = workload("endpoint");
        return endpoint.network(shared.contains("n") ? "n" : "other")
                .cluster(shared.contains("c") ? "c" : "other")
                .node(shared.contains("k") ? "k" : "other")
                .locality(
                        shared.contains("r") ? "r" : "other",
                        shared.contains("z") ? "z" : "other",
                        shared.contains("s") ? "s" : "other")
                .build();
    }

    @ParameterizedTest(name = "{0}, sharing {1}: {2}")
    @CsvSource({
        "REGION ZONE SUBZONE, rzs, 3",
        "REGION ZONE SUBZONE, rz, 2",
        "REGION ZONE SUBZONE, rs, 1",
        "REGION ZONE SUBZONE, zs, 0",
        "NODE CLUSTER NETWORK, kcn, 3",
        "NODE CLUSTER NETWORK, kn, 1",
        "REGION NETWORK, rn, 2",
        "REGION NETWORK, n, 0",
        "'', rzsckn, 0"
    })
    @DisplayName("counts preferences in order up to the first mismatch")
    void inOrder(String scopes, String shared, int rank) {
        assertThat(LocalityRank.of(balancing(Mode.FAILOVER, scopes), CLIENT, sharing(shared)))
                .isEqualTo(rank);
    }

    @ParameterizedTest(name = "sharing {0}: {1}")
    @CsvSource({"nrz, 5", "nr, 4", "n, 3", "nz, 3", "rz, 2", "r, 1", "z, 0", "x, 0"})
    @DisplayName("favours the network above all where it comes first, and orders the rest")
    void networkFirst(String shared, int rank) {
        assertThat(
                        LocalityRank.of(
                                balancing(Mode.FAILOVER, "NETWORK REGION ZONE"),
                                CLIENT,
                                sharing(shared)))
                .isEqualTo(rank);
    }

    @ParameterizedTest(name = "{0}, sharing {1}: excluded {2}")
    @CsvSource({
        "REGION ZONE, rz, false",
        "REGION ZONE, r, true",
        "REGION ZONE, z, true",
        "NETWORK REGION, nr, false",
        "NETWORK REGION, n, true",
        "NETWORK REGION, r, true",
        "NETWORK REGION ZONE, n, true",
        "'', x, false"
    })
    @DisplayName("excludes in strict mode what does not match every preference")
    void strict(String scopes, String shared, boolean excluded) {
        assertThat(LocalityRank.of(balancing(Mode.STRICT, scopes), CLIENT, sharing(shared)))
                .matches(rank -> (rank == LocalityRank.EXCLUDED) == excluded);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILOVER", "PASSTHROUGH"})
    @DisplayName("orders failover and, where reached by name, passthrough")
    void ordered(Mode mode) {
        assertThat(LocalityRank.of(balancing(mode, "REGION"), CLIENT, sharing("r"))).isOne();
    }

    @Test
    @DisplayName("is the same for all without a mode, whatever the preferences say")
    void standard() {
        assertThat(LocalityRank.of(null, CLIENT, sharing("r"))).isZero();
        assertThat(LocalityRank.of(balancing(Mode.STANDARD, "REGION"), CLIENT, sharing("r")))
                .isZero();
    }

    @Test
    @DisplayName("takes two empty values for the same")
    void emptyIsEqual() {
        Workload nowhere = workload("nowhere").node("").build();

        assertThat(LocalityRank.of(balancing(Mode.FAILOVER, "REGION ZONE NODE"), nowhere, nowhere))
                .isEqualTo(3);
    }
}
