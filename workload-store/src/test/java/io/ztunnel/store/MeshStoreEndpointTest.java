package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.host;
import static io.ztunnel.store.MeshFixture.service;
import static io.ztunnel.store.MeshFixture.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;

class MeshStoreEndpointTest {
    private final MeshStore store = new MeshStore("n1");

    private void put(MeshFixture.WorkloadBuilder workload) {
        store.apply(MeshUpdate.builder().workload(workload.build()).build());
    }

    private void put(MeshFixture.ServiceBuilder service) {
        store.apply(MeshUpdate.builder().service(service.build()).build());
    }

    private void remove(String name) {
        store.apply(MeshUpdate.builder().removeAddress(name).build());
    }

    private Iterable<String> endpoints(String service) {
        return store.view().endpoints(host(service)).keySet();
    }

    @Test
    void areThereWhicheverOfTheTwoComesFirst() {
        put(workload("a").in("ns1/h"));
        assertThat(endpoints("ns1/h")).isEmpty();
        assertThat(store.view().stagedEndpoints()).containsOnlyKeys(host("ns1/h"));
        put(service("ns1/h"));
        assertThat(endpoints("ns1/h")).containsExactly("a");
        assertThat(store.view().stagedEndpoints()).isEmpty();
        put(workload("b").in("ns1/h"));
        assertThat(endpoints("ns1/h")).containsExactlyInAnyOrder("a", "b");
        assertThat(store.view().endpoints(host("ns1/h")).get("a"))
                .isEqualTo(
                        new Endpoint("a", PortMap.of(Map.of(80, 8080)), Workload.Health.HEALTHY));
    }

    @Test
    void oneBatchNeedsNoOrder() {
        store.apply(
                MeshUpdate.builder()
                        .workload(workload("a").in("ns1/h").build())
                        .service(service("ns1/h").build())
                        .workload(workload("b").in("ns1/h").build())
                        .build());
        assertThat(endpoints("ns1/h")).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void surviveANewVersionOfTheirService() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h"));
        put(service("ns1/h").canonical());
        assertThat(endpoints("ns1/h")).containsExactly("a");
    }

    @Test
    void goWhenTheWorkloadNoLongerNamesTheService() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h").in("ns1/unknown"));
        put(workload("a").in("ns1/other"));
        assertThat(endpoints("ns1/h")).isEmpty();
        assertThat(store.view().stagedEndpoints()).containsOnlyKeys(host("ns1/other"));
    }

    @Test
    void goWithTheirWorkloadFromServicesAndFromStaging() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h").in("ns1/unknown"));
        remove("a");
        assertThat(endpoints("ns1/h")).isEmpty();
        assertThat(store.view().stagedEndpoints()).isEmpty();
    }

    @Test
    void unhealthyOnesTakePartOnlyWhereThePolicyAllowsAll() {
        put(service("ns1/strict"));
        put(service("ns1/lax").allowUnhealthy());
        put(workload("a").in("ns1/strict").in("ns1/lax").in("ns1/late").unhealthy());
        put(workload("b").in("ns1/strict").in("ns1/lax").in("ns1/late"));
        assertThat(endpoints("ns1/strict")).containsExactly("b");
        assertThat(endpoints("ns1/lax")).containsExactlyInAnyOrder("a", "b");
        put(service("ns1/late"));
        assertThat(endpoints("ns1/late")).containsExactly("b");
    }

    @Test
    void aHealthChangeMovesThemInAndOut() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h"));
        put(workload("b").in("ns1/h"));
        put(workload("a").in("ns1/h").unhealthy());
        assertThat(endpoints("ns1/h")).containsExactly("b");
        put(workload("a").in("ns1/h"));
        assertThat(endpoints("ns1/h")).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aChangedHealthPolicyAloneDecidesAnew() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h").unhealthy());
        put(workload("b").in("ns1/h"));
        put(service("ns1/h").allowUnhealthy());
        assertThat(endpoints("ns1/h")).containsExactlyInAnyOrder("a", "b");
        put(service("ns1/h"));
        assertThat(endpoints("ns1/h")).containsExactly("b");
    }

    @Test
    void comeBackWithTheirService() {
        put(service("ns1/h"));
        put(workload("a").in("ns1/h"));
        remove("ns1/h");
        assertThat(endpoints("ns1/h")).isEmpty();
        put(service("ns1/h"));
        assertThat(endpoints("ns1/h")).containsExactly("a");
    }

    @Test
    void oneNamedByTheServiceItselfNeedsNoWorkloadsWord() {
        put(service("ns1/h"));
        store.apply(
                MeshUpdate.builder()
                        .endpoint(
                                host("ns1/h"),
                                new Endpoint("x", PortMap.EMPTY, Workload.Health.HEALTHY))
                        .build());
        assertThat(endpoints("ns1/h")).containsExactly("x");
    }

    @Test
    void aWorkloadsServicesAreThoseThatExist() {
        put(service("ns1/h"));
        Workload workload = workload("a").in("ns1/h").in("ns1/unknown").build();
        assertThat(store.view().servicesOf(workload))
                .extracting(s -> s.key().toString())
                .containsExactly("ns1/h");
    }
}
