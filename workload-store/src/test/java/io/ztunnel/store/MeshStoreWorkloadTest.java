package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.host;
import static io.ztunnel.store.MeshFixture.ip;
import static io.ztunnel.store.MeshFixture.pod;
import static io.ztunnel.store.MeshFixture.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeshStoreWorkloadTest {
    private final MeshStore store = new MeshStore("n1");

    private void put(MeshFixture.WorkloadBuilder... workloads) {
        MeshUpdate.Builder update = MeshUpdate.builder();
        for (MeshFixture.WorkloadBuilder workload : workloads) {
            update.workload(workload.build());
        }
        store.apply(update.build());
    }

    private void remove(String name) {
        store.apply(MeshUpdate.builder().removeAddress(name).build());
    }

    private String uidAt(String network, String address) {
        Workload found = store.view().workloadByAddress(network, ip(address));
        return found == null ? "none" : found.uid();
    }

    @Test
    void isFoundByEachOfItsAddressesInItsNetwork() {
        put(workload("a").ip("10.0.0.1", "fd00::1").network("net1"));
        assertThat(uidAt("net1", "10.0.0.1")).isEqualTo("a");
        assertThat(uidAt("net1", "fd00::1")).isEqualTo("a");
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("none");
    }

    @Test
    void losesTheAddressesThatANewVersionLacks() {
        put(workload("a").ip("10.0.0.1", "10.0.0.2"));
        put(workload("a").ip("10.0.0.2", "10.0.0.3"));
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("none");
        assertThat(uidAt("", "10.0.0.2")).isEqualTo("a");
        assertThat(uidAt("", "10.0.0.3")).isEqualTo("a");
    }

    @Test
    void onTheHostNetworkIsNotFoundByAddress() {
        put(workload("a").ip("10.0.0.1").hostNetwork());
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("none");
        assertThat(store.view().workload("a")).isNotNull();
    }

    /** The expected winner of the first, second pair, whichever comes first. */
    @ParameterizedTest
    @CsvSource({
        "c//Pod/ns/p, false, c/WorkloadEntry/ns/e, true",
        "c//Pod/ns/p, true, c//Pod/ns/q, false",
        "c/WorkloadEntry/ns/e, true, c/WorkloadEntry/ns/f, false",
        "c//Pod/ns/p, false, c/WorkloadEntry/ns/f, false",
    })
    void aPodThenHboneWinsASharedAddress(
            String winner, boolean winnerHbone, String loser, boolean loserHbone) {
        var better = workload(winner).ip("10.0.0.1");
        var worse = workload(loser).ip("10.0.0.1");
        if (winnerHbone) {
            better.hbone();
        }
        if (loserHbone) {
            worse.hbone();
        }
        put(better, worse);
        assertThat(uidAt("", "10.0.0.1")).isEqualTo(winner);
        remove(winner);
        assertThat(uidAt("", "10.0.0.1")).isEqualTo(loser);
        put(better);
        assertThat(uidAt("", "10.0.0.1")).isEqualTo(winner);
    }

    @Test
    void amongEqualsTheLatestWinsASharedAddress() {
        put(workload("a").ip("10.0.0.1"), workload("b").ip("10.0.0.1"));
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("b");
        put(workload("a").ip("10.0.0.1"));
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("a");
        remove("a");
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("b");
        remove("b");
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("none");
    }

    @Test
    void namingOneAddressTwiceDoesNoHarm() {
        put(workload("a").ip("10.0.0.1", "10.0.0.1"));
        remove("a");
        assertThat(uidAt("", "10.0.0.1")).isEqualTo("none");
    }

    @Test
    void isFoundByItsOwnHostnameInItsNamespace() {
        put(workload("a").hostname("gw.example"), workload("b").hostname("gw.example"));
        Workload found = store.view().workloadByHostname(host("ns1/gw.example"));
        assertThat(found).isNotNull().extracting(Workload::uid).isEqualTo("a");
        assertThat(store.view().workloadByHostname(host("ns2/gw.example"))).isNull();
        remove("a");
        remove("b");
        assertThat(store.view().workloadByHostname(host("ns1/gw.example"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "p, ns1, default, true",
        "q, ns1, default, false",
        "p, ns2, default, false",
        "p, ns1, other, false",
    })
    void aLocalPodIsFoundByAllThreeOfItsNames(
            String name, String namespace, String account, boolean found) {
        put(pod("p"));
        assertThat(store.view().localWorkload(new PodReference(name, namespace, account)) != null)
                .isEqualTo(found);
    }

    @Test
    void aPodOfAnotherNodeIsNotLocal() {
        PodReference pod = new PodReference("p", "ns1", "default");
        put(pod("p").node("n2"));
        assertThat(store.view().localWorkload(pod)).isNull();
        put(pod("p").node("n1"));
        assertThat(store.view().localWorkload(pod)).isNotNull();
        remove("c1//Pod/ns1/p");
        assertThat(store.view().localWorkload(pod)).isNull();
    }

    @Test
    void withoutANodeNameEveryPodIsLocal() {
        MeshStore everywhere = new MeshStore(null);
        everywhere.apply(MeshUpdate.builder().workload(pod("p").node("n7").build()).build());
        assertThat(everywhere.view().localWorkload(new PodReference("p", "ns1", "default")))
                .isNotNull();
    }

    @Test
    void aViewStaysAsItWasTaken() {
        put(workload("a").ip("10.0.0.1"));
        MeshView before = store.view();
        remove("a");
        assertThat(before.workloadByAddress("", ip("10.0.0.1"))).isNotNull();
        assertThat(before.workloads()).hasSize(1);
        assertThat(store.view().workloads()).isEmpty();
    }
}
