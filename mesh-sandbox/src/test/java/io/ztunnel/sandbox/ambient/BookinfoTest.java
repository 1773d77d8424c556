package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.KubeObject;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The shipped manifests give the table that the walk shows. */
class BookinfoTest {
    /** namespace, name, VIP, waypoint, endpoints. */
    private static final List<String> THROUGH_THE_WAYPOINT =
            List.of(
                    "bookinfo details 10.4.21.11 waypoint 1/1",
                    "bookinfo details-v1 10.4.84.241 waypoint 1/1",
                    "bookinfo productpage 10.4.192.245 waypoint 1/1",
                    "bookinfo productpage-v1 10.4.35.101 waypoint 1/1",
                    "bookinfo ratings 10.4.203.217 waypoint 1/1",
                    "bookinfo ratings-v1 10.4.156.208 waypoint 1/1",
                    "bookinfo reviews 10.4.188.144 waypoint 3/3",
                    "bookinfo reviews-v1 10.4.247.94 waypoint 1/1",
                    "bookinfo reviews-v2 10.4.147.169 waypoint 1/1",
                    "bookinfo reviews-v3 10.4.203.165 waypoint 1/1",
                    "bookinfo waypoint 10.4.15.65 None 1/1",
                    "istio-system istiod 10.4.110.96 None 1/1");

    @Test
    void everyServiceHasTheWaypointButTheWaypointItself() throws UnknownHostException {
        assertThat(table(build(Bookinfo.throughTheWaypoint()))).isEqualTo(THROUGH_THE_WAYPOINT);
    }

    @Test
    void theTableIsTheRecordedOne() throws IOException {
        assumeTrue(Golden.file("istioctl/services.txt").isPresent());
        List<String> recorded =
                Files.readAllLines(Golden.file("istioctl/services.txt").orElseThrow()).stream()
                        .skip(1)
                        .map(line -> line.strip().replaceAll(" +", " "))
                        .toList();

        assertThat(table(build(Bookinfo.throughTheWaypoint()))).isEqualTo(recorded);
    }

    @Test
    void beforeTheWalkNobodyIsEnrolledAndThereIsNoWaypoint() throws UnknownHostException {
        AmbientSnapshot plain = build(Bookinfo.plain());

        assertThat(table(plain))
                .isEqualTo(
                        THROUGH_THE_WAYPOINT.stream()
                                .filter(row -> !row.startsWith("bookinfo waypoint"))
                                .map(row -> row.replace(" waypoint ", " None "))
                                .toList());
        assertThat(workloads(plain))
                .hasSize(9)
                .allSatisfy(w -> assertThat(w.getTunnelProtocol()).isEqualTo(TunnelProtocol.NONE));
    }

    @Test
    void aServiceWaypointIsNoneOfThePodsBusiness() {
        List<Workload> workloads = workloads(build(Bookinfo.throughTheWaypoint()));

        assertThat(workloads).hasSize(10).noneMatch(Workload::hasWaypoint);
        assertThat(workloads)
                .filteredOn(w -> w.getTunnelProtocol() == TunnelProtocol.NONE)
                .extracting(Workload::getServiceAccount)
                .containsExactlyInAnyOrder("waypoint", "istiod", "curl");
        Workload reviews =
                workloads.stream()
                        .filter(w -> w.getWorkloadName().equals("reviews-v2"))
                        .findFirst()
                        .orElseThrow();
        assertThat(reviews.getNode()).isEqualTo("node2");
        assertThat(reviews.getLocality().getZone()).isEqualTo("z2");
        assertThat(reviews.getCanonicalName()).isEqualTo("reviews");
        assertThat(reviews.getCanonicalRevision()).isEqualTo("v2");
        assertThat(reviews.getServicesMap().keySet())
                .containsExactlyInAnyOrder(
                        "bookinfo/reviews.bookinfo.svc.cluster.local",
                        "bookinfo/reviews-v2.bookinfo.svc.cluster.local");
    }

    private static AmbientSnapshot build(List<KubeObject> objects) {
        var state =
                Cluster.materialize(
                        objects,
                        ClusterSettings.DEFAULT,
                        ClusterMemory.EMPTY,
                        RuntimeStatus.allRunning());
        assertThat(state.problems()).isEmpty();
        return AmbientIndex.build(MeshSettings.DEFAULT, state.objects());
    }

    private static List<Workload> workloads(AmbientSnapshot snapshot) {
        return snapshot.addresses().values().stream()
                .map(MeshResource::message)
                .filter(Address::hasWorkload)
                .map(Address::getWorkload)
                .toList();
    }

    private static List<String> table(AmbientSnapshot snapshot) throws UnknownHostException {
        List<String> rows = new ArrayList<>();
        for (var resource : snapshot.addresses().values()) {
            if (!resource.message().hasService()) {
                continue;
            }
            Service service = resource.message().getService();
            List<String> vips = new ArrayList<>();
            for (var address : service.getAddressesList()) {
                vips.add(
                        InetAddress.getByAddress(address.getAddress().toByteArray())
                                .getHostAddress());
            }
            long endpoints =
                    workloads(snapshot).stream()
                            .filter(w -> w.containsServices(resource.name()))
                            .filter(w -> w.getStatus() == WorkloadStatus.HEALTHY)
                            .count();
            String hostname = service.getWaypoint().getHostname().getHostname();
            rows.add(
                    String.join(
                            " ",
                            service.getNamespace(),
                            service.getName(),
                            String.join(",", vips),
                            hostname.isEmpty()
                                    ? "None"
                                    : hostname.substring(0, hostname.indexOf('.')),
                            endpoints + "/" + endpoints));
        }
        return rows.stream().sorted().toList();
    }
}
