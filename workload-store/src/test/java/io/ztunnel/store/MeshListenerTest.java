package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.pod;
import static io.ztunnel.store.MeshFixture.service;
import static io.ztunnel.store.MeshFixture.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class MeshListenerTest {
    private final List<String> told = new ArrayList<>();
    private final MeshStore store = storeOf("n1");

    private MeshStore storeOf(@Nullable String node) {
        MeshStore created = new MeshStore(node);
        created.addListener(
                new MeshListener() {
                    @Override
                    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                        workloads.forEach(w -> told.add("put " + w.name()));
                    }

                    @Override
                    public void localIdentityNeeded(Identity identity) {
                        told.add("need " + identity.serviceAccount());
                    }

                    @Override
                    public void localIdentityGone(Identity identity) {
                        told.add(
                                "gone " + identity.trustDomain() + " " + identity.serviceAccount());
                    }

                    @Override
                    public void policiesChanged(MeshView view) {
                        told.add("policies");
                    }
                });
        return created;
    }

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

    @Test
    void onlyHboneWorkloadsOfThisNodeNeedACertificate() {
        put(
                pod("a").hbone().account("sa-a"),
                pod("b").nativeTunnel().account("sa-b"),
                pod("c").account("sa-c"),
                pod("d").hbone().account("sa-d").node("n2"),
                pod("e").hbone().account("sa-e").node(""));
        assertThat(told).containsExactly("put a", "put b", "put c", "need sa-a", "need sa-b");
    }

    @Test
    void anIdentityIsAskedForOncePerBatch() {
        put(pod("a").hbone(), pod("b").hbone());
        assertThat(told).containsExactly("put a", "put b", "need default");
    }

    @Test
    void withoutANodeNameNothingIsFetchedAhead() {
        MeshStore everywhere = storeOf(null);
        everywhere.apply(MeshUpdate.builder().workload(pod("a").hbone().build()).build());
        assertThat(told).containsExactly("put a");
        everywhere.apply(MeshUpdate.builder().removeAddress("c1//Pod/ns1/a").build());
        assertThat(told).containsExactly("put a", "gone cluster.local default");
    }

    @Test
    void anIdentityIsGoneWithItsLastWorkloadOnTheNode() {
        put(pod("a").hbone(), pod("b").hbone(), pod("c").hbone().node("n2"));
        told.clear();
        remove("c1//Pod/ns1/c");
        remove("c1//Pod/ns1/a");
        assertThat(told).isEmpty();
        remove("c1//Pod/ns1/b");
        assertThat(told).containsExactly("gone cluster.local default");
    }

    @Test
    void aNamesakeOfAnotherTrustDomainKeepsAnIdentity() {
        put(pod("a"), pod("b").trustDomain("other.example"));
        told.clear();
        remove("c1//Pod/ns1/a");
        assertThat(told).isEmpty();
        remove("c1//Pod/ns1/b");
        assertThat(told).containsExactly("gone other.example default");
    }

    @Test
    void anUpdateIsNoReasonToForget() {
        put(pod("a").hbone());
        told.clear();
        put(pod("a").hbone().ip("10.0.0.1"));
        assertThat(told).containsExactly("put a", "need default");
    }

    @Test
    void aPodThatComesBackWithAnotherAccountLeavesItsOldOne() {
        put(pod("a").hbone().account("old"));
        told.clear();
        put(pod("a").hbone().account("new"));
        assertThat(told).containsExactly("put a", "gone cluster.local old", "need new");
    }

    @Test
    void whatComesAndGoesInOneBatchIsNotPut() {
        store.apply(
                MeshUpdate.builder()
                        .workload(pod("a").hbone().build())
                        .removeAddress("c1//Pod/ns1/a")
                        .build());
        assertThat(told).containsExactly("gone cluster.local default");
    }

    @Test
    void policiesAreToldOfOncePerBatchAndOnlyThen() {
        store.apply(MeshUpdate.builder().service(service("ns1/h").build()).build());
        put(workload("x").node("n2"));
        assertThat(told).isEmpty();
        store.apply(MeshUpdate.builder().removePolicy("ns1/a").removePolicy("ns1/b").build());
        assertThat(told).containsExactly("policies");
    }

    @Test
    void theBatchIsVisibleBeforeAnybodyIsTold() {
        List<Boolean> seen = new ArrayList<>();
        store.addListener(
                new MeshListener() {
                    @Override
                    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                        seen.add(store.view().workloads().size() == 1);
                    }
                });
        put(pod("a"));
        assertThat(seen).containsExactly(true);
    }

    @Test
    void oneThatFailsDoesNotSilenceTheNext() {
        MeshStore fragile = new MeshStore("n1");
        fragile.addListener(
                new MeshListener() {
                    @Override
                    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                        throw new IllegalStateException("listener of a test");
                    }
                });
        List<String> names = new ArrayList<>();
        fragile.addListener(
                new MeshListener() {
                    @Override
                    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                        names.add(workloads.getFirst().name());
                    }
                });
        fragile.apply(MeshUpdate.builder().workload(pod("a").build()).build());
        fragile.apply(MeshUpdate.builder().workload(pod("b").build()).build());
        assertThat(names).containsExactly("a", "b");
    }

    @Test
    void aBatchWithinABatchIsRefused() {
        List<Throwable> refused = new ArrayList<>();
        store.addListener(
                new MeshListener() {
                    @Override
                    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
                        assertThatThrownBy(() -> store.apply(MeshUpdate.builder().build()))
                                .isInstanceOf(IllegalStateException.class)
                                .satisfies(refused::add);
                    }
                });
        put(pod("a"));
        assertThat(refused).hasSize(1);
    }
}
