package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.daemon.telemetry.Golden;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What istioctl printed from the reference's dump, where both lie beside the checkout. */
class GoldenTablesTest {
    /** When it was recorded. */
    private static final InstantSource THEN =
            InstantSource.fixed(Instant.parse("2026-11-23T00:03:00Z"));

    private static String golden(String name) throws IOException {
        return Files.readString(Golden.file(name));
    }

    @ParameterizedTest
    @CsvSource({
        "workloads, short, workloads.txt",
        "workloads, json, workloads.json",
        "workloads, yaml, workloads.yaml",
        "services, short, services.txt",
        "services, json, services.json",
        "services, yaml, services.yaml",
        "policies, short, policies.txt",
        "policies, json, policies.json",
        "policies, yaml, policies.yaml",
        "certificates, json, certificates.json",
        "certificates, yaml, certificates.yaml",
        "connections, short, connections.txt",
        "connections, json, connections.json",
        "connections, yaml, connections.yaml",
        "all, json, all.json",
        "all, yaml, all.yaml"
    })
    void outputIsByteForByteTheRecorded(String command, String format, String expected)
            throws IOException {
        ConfigRun run =
                ConfigRun.of(
                        command, "-o", format, "-f", Golden.file("config_dump.json").toString());

        assertThat(run.error()).isEmpty();
        assertThat(run.output()).isEqualTo(golden("istioctl/" + expected));
    }

    @Test
    void certificatesAreByteForByteTheRecorded() throws IOException {
        assertThat(table(new CertificateView(THEN), golden("config_dump.json")))
                .isEqualTo(golden("istioctl/certificates.txt"));
    }

    @Test
    void allTablesAreByteForByteTheRecorded() throws IOException {
        Map<String, View> views = WholeDump.views(THEN);
        StringWriter out = new StringWriter();
        WholeDump.tables(
                Dump.read(
                        ConfigRun.stream(golden("config_dump.json")),
                        Set.copyOf(WholeDump.sections(views))),
                views,
                false,
                out);

        assertThat(out.toString()).isEqualTo(golden("istioctl/all.txt"));
    }

    @Test
    void servicesBeforeThereIsAWaypointAreByteForByteTheRecorded() throws IOException {
        Map<String, Object> dump = recordedDump();
        services(dump).removeIf(service -> "waypoint".equals(service.get("name")));
        services(dump).forEach(service -> service.remove("waypoint"));

        assertThat(table(new ServiceView(""), JSON.std.asString(dump)))
                .isEqualTo(golden("istioctl/services-no-waypoint.txt"));
    }

    @Test
    void servicesOfAWaypointInAnotherNamespaceAreByteForByteTheRecorded() throws IOException {
        assertThat(table(new ServiceView(""), JSON.std.asString(dumpWithSharedWaypoint())))
                .isEqualTo(golden("istioctl/services-cross-namespace.txt"));
    }

    @Test
    void workloadsOfWhichOneHasAWaypointAreByteForByteTheRecorded() throws IOException {
        Map<String, Object> dump = dumpWithSharedWaypoint();
        workloads(dump).stream()
                .filter(workload -> String.valueOf(workload.get("name")).startsWith("ratings"))
                .forEach(
                        workload ->
                                workload.put(
                                        "waypoint",
                                        Map.of(
                                                "destination",
                                                "bookinfo/waypoint.bookinfo.svc.cluster.local")));

        assertThat(table(new WorkloadView(WorkloadView.Filter.NONE), JSON.std.asString(dump)))
                .isEqualTo(golden("istioctl/workloads-pod-waypoint.txt"));
    }

    /** All of bookinfo but details and the waypoint itself are bound to one that is elsewhere. */
    private static Map<String, Object> dumpWithSharedWaypoint() throws IOException {
        Map<String, Object> dump = recordedDump();
        String uid = "Kubernetes//Pod/common-infrastructure/waypoint-common-7d9f8b6c5-x2kqp";
        String hostname = "waypoint-common.common-infrastructure.svc.cluster.local";
        for (Map<String, Object> service : services(dump)) {
            if ("details".equals(service.get("name"))) {
                service.remove("waypoint");
            } else {
                service.computeIfPresent(
                        "waypoint",
                        (key, old) -> Map.of("destination", "common-infrastructure/" + hostname));
            }
        }
        Map<String, Object> waypoint = new LinkedHashMap<>();
        waypoint.put("name", "waypoint-common");
        waypoint.put("namespace", "common-infrastructure");
        waypoint.put("hostname", hostname);
        waypoint.put("vips", List.of("/10.4.15.66"));
        waypoint.put("endpoints", Map.of(uid, Map.of("workloadUid", uid)));
        services(dump).add(waypoint);
        Map<String, Object> pod = new LinkedHashMap<>();
        pod.put("uid", uid);
        pod.put("name", "waypoint-common-7d9f8b6c5-x2kqp");
        pod.put("namespace", "common-infrastructure");
        pod.put("workloadIps", List.of("10.244.2.51"));
        pod.put("node", "node2");
        pod.put("protocol", "TCP");
        pod.put("status", "Healthy");
        workloads(dump).add(pod);
        return dump;
    }

    private static Map<String, Object> recordedDump() throws IOException {
        Map<String, Object> dump = JSON.std.mapFrom(golden("config_dump.json"));
        dump.replaceAll((key, value) -> value instanceof List<?> l ? new ArrayList<>(l) : value);
        return dump;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> services(Map<String, Object> dump) {
        return (List<Map<String, Object>>) Objects.requireNonNull(dump.get("services"));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> workloads(Map<String, Object> dump) {
        return (List<Map<String, Object>>) Objects.requireNonNull(dump.get("workloads"));
    }

    private static String table(View view, String dump) throws IOException {
        StringWriter out = new StringWriter();
        view.table(Dump.read(ConfigRun.stream(dump), Set.copyOf(view.sections()))).writeTo(out);
        return out.toString();
    }
}
