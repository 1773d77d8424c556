package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.KubeObject;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class SnapshotDiffTest {
    private static AmbientSnapshot build(List<KubeObject> user) {
        return AmbientIndex.build(
                MeshSettings.DEFAULT,
                Cluster.materialize(
                                user,
                                ClusterSettings.DEFAULT,
                                ClusterMemory.EMPTY,
                                RuntimeStatus.allRunning())
                        .objects());
    }

    private static List<KubeObject> labelled(String key, String label, String value) {
        return Bookinfo.throughTheWaypoint().stream()
                .map(
                        o ->
                                o.key().toString().equals(key)
                                        ? Bookinfo.labelled(o, Map.of(label, value))
                                        : o)
                .toList();
    }

    @Test
    void theOrderOfObjectsChangesNothing() {
        List<KubeObject> shuffled = new ArrayList<>(Bookinfo.throughTheWaypoint());
        Collections.shuffle(shuffled, new Random(7));

        assertThat(build(shuffled).addresses())
                .isEqualTo(build(Bookinfo.throughTheWaypoint()).addresses());
    }

    @Test
    void aLabelOnOneServiceIsOneResource() {
        SnapshotDiff<?> diff =
                SnapshotDiff.between(
                        build(Bookinfo.throughTheWaypoint()).addresses(),
                        build(labelled("Service/bookinfo/reviews", "istio.io/use-waypoint", "none"))
                                .addresses());

        assertThat(diff.changed())
                .extracting(MeshResource::name)
                .containsExactly("bookinfo/reviews.bookinfo.svc.cluster.local");
        assertThat(diff.removed()).isEmpty();
    }

    @Test
    void aNamespaceWaypointForAllIsEveryPodAndServiceButItsOwn() {
        AmbientSnapshot all =
                build(labelled("Gateway/bookinfo/waypoint", "istio.io/waypoint-for", "all"));
        AmbientSnapshot unlabelled =
                build(
                        labelled("Gateway/bookinfo/waypoint", "istio.io/waypoint-for", "all")
                                .stream()
                                .map(
                                        o ->
                                                o.with(
                                                        edit ->
                                                                edit.remove(
                                                                        "metadata",
                                                                        "labels",
                                                                        "istio.io/use-waypoint")))
                                .toList());

        SnapshotDiff<?> diff = SnapshotDiff.between(unlabelled.addresses(), all.addresses());

        assertThat(diff.changed()).hasSize(10 + 6).noneMatch(r -> r.name().contains("/waypoint"));
    }

    @Test
    void aReturningClientHearsOnlyWhatItMissed() {
        AmbientSnapshot now = build(Bookinfo.throughTheWaypoint());
        Map<String, String> known = new HashMap<>();
        now.addresses().forEach((name, r) -> known.put(name, r.version()));
        String stale = now.addresses().firstKey();
        known.put(stale, "older");
        known.put("bookinfo/gone.bookinfo.svc.cluster.local", "x");
        String missed = now.addresses().lastKey();
        known.remove(missed);

        SnapshotDiff<?> diff = SnapshotDiff.since(known, now.addresses());

        assertThat(diff.changed())
                .extracting(MeshResource::name)
                .containsExactlyInAnyOrder(stale, missed);
        assertThat(diff.removed()).containsExactly("bookinfo/gone.bookinfo.svc.cluster.local");
        assertThat(diff.isEmpty()).isFalse();
        assertThat(SnapshotDiff.between(now.addresses(), now.addresses()).isEmpty()).isTrue();
    }
}
