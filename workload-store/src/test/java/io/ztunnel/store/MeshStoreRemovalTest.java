package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.service;
import static io.ztunnel.store.MeshFixture.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An xDS name does not say whether it is a workload's or a service's. */
class MeshStoreRemovalTest {
    @ParameterizedTest
    @CsvSource({
        "ns1/h, workload", // a workload's uid comes first, even when a service is called the same
        "ns2/h, service",
        "noslash, workload",
        "unknown, nothing",
        "ns3/absent, nothing",
        "c1//Pod/ns1/gone, nothing",
        "ns2/h/more, nothing",
    })
    void removes(String name, String expected) {
        MeshStore store = new MeshStore("n1");
        store.apply(
                MeshUpdate.builder()
                        .workload(workload("ns1/h").build())
                        .workload(workload("noslash").build())
                        .service(service("ns1/h").build())
                        .service(service("ns2/h").build())
                        .build());
        store.apply(MeshUpdate.builder().removeAddress(name).build());
        assertThat(store.view().workloads()).hasSize(expected.equals("workload") ? 1 : 2);
        assertThat(store.view().services()).hasSize(expected.equals("service") ? 1 : 2);
    }
}
