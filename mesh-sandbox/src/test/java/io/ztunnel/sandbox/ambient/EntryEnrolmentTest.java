package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.GatewayAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** The waypoints of ServiceEntries, their endpoints, and WorkloadEntries. */
class EntryEnrolmentTest {
    private static final String USE = "istio.io/use-waypoint";
    private static final String ENDPOINT = "networking.istio.io/ServiceEntry/bk/se/";

    private static String serviceEntry(String labels, String more, String spec) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: se, namespace: bk, labels: {%s}%s}
        spec: %s
        """
                .formatted(labels, more, spec);
    }

    private static String workloadEntry(String metadataLabels, String specLabels) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: WorkloadEntry
        metadata: {name: vm, namespace: bk, labels: {%s}}
        spec: {address: 10.1.1.1, labels: {%s}}
        """
                .formatted(metadataLabels, specLabels);
    }

    private static AmbientSnapshot build(String yaml, String namespaceLabels, String waypointFor) {
        return Mesh.of(yaml)
                .namespace("bk", namespaceLabels)
                .namespace("infra", "")
                .waypoint(
                        "bk",
                        "wp",
                        waypointFor.isEmpty() ? "" : "istio.io/waypoint-for=" + waypointFor,
                        "")
                .waypoint("infra", "wp2", "", "{namespaces: {from: All}}")
                .build();
    }

    private static String shown(GatewayAddress waypoint) {
        String host = waypoint.getHostname().getHostname();
        return host.isEmpty() ? "" : host.substring(0, host.indexOf(".svc"));
    }

    @ParameterizedTest(name = "namespace {0}, for {1}, entry {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "''                       | ''       | 'istio.io/use-waypoint: wp' | wp.bk | true"
                        + " WaypointAccepted",
                "istio.io/use-waypoint=wp | ''       | ''                          | wp.bk | true"
                        + " WaypointAccepted",
                "istio.io/use-waypoint=wp | all      | ''                          | wp.bk | true"
                        + " WaypointAccepted",
                "istio.io/use-waypoint=wp | ''       | 'istio.io/use-waypoint: none' | ''  | ''",
                "istio.io/use-waypoint=wp | ''       | 'istio.io/use-waypoint: no' | ''    | false"
                        + " WaypointIsNotReady",
                "istio.io/use-waypoint=wp | workload | ''                          | ''    | false"
                        + " UnsupportedTrafficType",
                "istio.io/use-waypoint=wp | none     | ''                          | ''    | false"
                        + " UnsupportedTrafficType",
                "''                       | ''       | 'istio.io/use-waypoint: wp2,"
                        + " istio.io/use-waypoint-namespace: infra' | wp2.infra | true"
                        + " WaypointAccepted",
                "istio.io/use-waypoint=wp | ''       | 'gateway.istio.io/managed:"
                        + " istio.io-mesh-controller' | '' | ''"
            })
    void aServiceEntryIsBoundAsAServiceIs(
            String namespace, String waypointFor, String labels, String waypoint, String status) {
        AmbientSnapshot snapshot =
                build(serviceEntry(labels, "", "{hosts: [a.x, b.x]}"), namespace, waypointFor);

        assertThat(shown(Mesh.hostService(snapshot, "bk", "a.x").getWaypoint()))
                .isEqualTo(waypoint);
        assertThat(shown(Mesh.hostService(snapshot, "bk", "b.x").getWaypoint()))
                .isEqualTo(waypoint);
        assertThat(Mesh.conditions(snapshot))
                .isEqualTo(
                        status.isEmpty() ? List.of() : List.of("istio.io/WaypointBound " + status));
    }

    @ParameterizedTest(name = "namespace {0}, for {1}, entry {2}, spec {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "''                       | ''       | 'istio.io/use-waypoint: wp' | '' | '' |"
                        + " false UnsupportedTrafficType",
                "''                       | workload | 'istio.io/use-waypoint: wp' | '' | wp.bk |"
                        + " true WaypointAccepted",
                "''                       | all      | '' | 'istio.io/use-waypoint: wp' | wp.bk |"
                        + " true WaypointAccepted",
                "istio.io/use-waypoint=wp | ''       | '' | '' | '' | ''",
                "istio.io/use-waypoint=wp | none     | '' | '' | '' | ''",
                "istio.io/use-waypoint=wp | workload | '' | '' | wp.bk | true WaypointAccepted",
                "istio.io/use-waypoint=wp | all      | 'istio.io/use-waypoint: none' | '' | '' |"
                        + " ''",
                "istio.io/use-waypoint=wp | all      | 'istio.io/use-waypoint: no' | '' | '' |"
                        + " false WaypointIsNotReady",
                "istio.io/use-waypoint=wp | all      | 'gateway.networking.k8s.io/gateway-name: wp'"
                        + " | '' | '' | ''"
            })
    void aWorkloadEntryIsBoundAsAPodIsAndHasACondition(
            String namespace,
            String waypointFor,
            String labels,
            String specLabels,
            String waypoint,
            String status) {
        AmbientSnapshot snapshot = build(workloadEntry(labels, specLabels), namespace, waypointFor);
        String uid = "networking.istio.io/WorkloadEntry/bk/vm";

        assertThat(shown(Mesh.workload(snapshot, uid).getWaypoint())).isEqualTo(waypoint);
        assertThat(Mesh.conditions(snapshot))
                .isEqualTo(
                        status.isEmpty() ? List.of() : List.of("istio.io/WaypointBound " + status));
    }

    @Test
    void onlyTheListedEndpointThatAsksForItHasAWaypoint() {
        AmbientSnapshot snapshot =
                build(
                        serviceEntry(
                                USE + ": wp",
                                "",
                                "{hosts: [a.x], resolution: STATIC, endpoints: [{address: 10.1.1.1,"
                                        + " labels: {"
                                        + USE
                                        + ": wp}}, {address: 10.1.1.2}]}"),
                        "",
                        "all");

        assertThat(shown(Mesh.workload(snapshot, ENDPOINT + "10.1.1.1").getWaypoint()))
                .isEqualTo("wp.bk");
        assertThat(Mesh.workload(snapshot, ENDPOINT + "10.1.1.2").hasWaypoint()).isFalse();
        assertThat(Mesh.conditions(snapshot))
                .containsExactly("istio.io/WaypointBound true WaypointAccepted");
    }

    @Test
    void anEndpointThatStandsForAHostNeverHasAWaypoint() {
        AmbientSnapshot snapshot =
                build(
                        serviceEntry(USE + ": wp", "", "{hosts: [a.x], resolution: DNS}"),
                        USE + "=wp",
                        "all");

        assertThat(Mesh.hostService(snapshot, "bk", "a.x").hasWaypoint()).isTrue();
        assertThat(Mesh.workload(snapshot, ENDPOINT + "a.x").hasWaypoint()).isFalse();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | '' | a.x | ''",
                "'' | '' | '*.x' | istio.io/WaypointMissing true NoWaypointForWildcardService",
                "'' | ', annotations: {istio.io/connect-strategy: RACE_FIRST_TCP_CONNECT}' | a.x |"
                        + " istio.io/WaypointMissing true NoWaypointForRacingConnectStrategy",
                "'' | ', annotations: {istio.io/connect-strategy: DEFAULT}' | a.x | ''",
                "'istio.io/use-waypoint: wp' | '' | '*.x' | istio.io/WaypointBound true"
                        + " WaypointAccepted"
            })
    void anEntryThatDoesNothingWithoutAWaypointSaysSo(
            String labels, String more, String host, String condition) {
        AmbientSnapshot snapshot =
                build(serviceEntry(labels, more, "{hosts: ['" + host + "']}"), "", "");

        assertThat(Mesh.conditions(snapshot))
                .isEqualTo(condition.isEmpty() ? List.of() : List.of(condition));
    }

    @Test
    void anEntryForItsNamespaceOnlyMayNotUseAWaypointOfAnother() {
        MeshSettings settings =
                MeshSettings.DEFAULT.with(
                        "istio-system",
                        List.of(),
                        new ServiceEntryVisibility(
                                true, ServiceEntryVisibility.Visibility.NAMESPACE, List.of()));
        String foreign = USE + ": wp2, " + USE + "-namespace: infra";
        Mesh mesh =
                Mesh.of(serviceEntry(foreign, "", "{hosts: [a.x]}"))
                        .namespace("bk", "")
                        .namespace("infra", "")
                        .waypoint("infra", "wp2", "", "{namespaces: {from: All}}")
                        .service("bk", "svc", USE + "=wp2, " + USE + "-namespace=infra");
        AmbientSnapshot snapshot = mesh.build(settings);

        assertThat(Mesh.hostService(snapshot, "bk", "a.x").hasWaypoint()).isFalse();
        assertThat(Mesh.service(snapshot, "bk", "svc").hasWaypoint()).isTrue();
        assertThat(Mesh.conditions(snapshot))
                .contains(
                        "istio.io/WaypointBound false CrossNamespaceWaypointForbidden",
                        "istio.io/VisibilityApplied true Namespace");
    }
}
