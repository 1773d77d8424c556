package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.ambient.AmbientIndex;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class DestinationsTest {
    private static final String WAYPOINT = "waypoint.bookinfo.svc.cluster.local";

    private static Destinations of(List<KubeObject> objects, String waypoint) {
        var state =
                Cluster.materialize(
                        objects,
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());
        return Destinations.of(AmbientIndex.build(MeshSettings.DEFAULT, state.objects()), waypoint);
    }

    @ParameterizedTest
    @CsvSource({
        "10.4.188.144, reviews, 3",
        "10.4.147.169, reviews-v2, 1",
        "10.4.192.245, productpage, 1"
    })
    void aServiceBoundToTheWaypointIsDialledByItsAddress(String vip, String name, int endpoints) {
        var found = of(Bookinfo.throughTheWaypoint(), WAYPOINT).find(TestMesh.address(vip, 9080));

        assertThat(found).isNotNull();
        assertThat(found.name()).isEqualTo(name + ".bookinfo.svc.cluster.local");
        assertThat(found.protocol()).isEqualTo(Destinations.Protocol.HTTP1);
        assertThat(found.endpoints()).hasSize(endpoints).allMatch(Endpoint::tunnel);
    }

    @ParameterizedTest
    @CsvSource({
        // another port, the waypoint's own service, a service without a waypoint, nobody
        "10.4.188.144, 80",
        "10.4.15.65, 15008",
        "10.4.110.96, 15012",
        "10.9.9.9, 9080"
    })
    void nothingElseCanBeDialled(String ip, int port) {
        assertThat(of(Bookinfo.throughTheWaypoint(), WAYPOINT).find(TestMesh.address(ip, port)))
                .isNull();
    }

    @Test
    void servicesOfAnotherWaypointAreNotServed() {
        assertThat(
                        of(Bookinfo.throughTheWaypoint(), "other.bookinfo.svc.cluster.local")
                                .find(TestMesh.address("10.4.188.144", 9080)))
                .isNull();
        assertThat(of(Bookinfo.plain(), WAYPOINT).find(TestMesh.address("10.4.188.144", 9080)))
                .isNull();
    }
}
