package io.ztunnel.daemon.telemetry;

import static io.ztunnel.daemon.telemetry.Fixtures.address;
import static io.ztunnel.daemon.telemetry.Fixtures.service;
import static io.ztunnel.daemon.telemetry.Fixtures.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Identity;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class MetricsTextTest {
    private final CapturedLog log = new CapturedLog(LogFormat.PLAIN);
    private final Telemetry telemetry =
            new Telemetry("unknown", log.filter, log.sink, log.clock(), () -> log.nanos);

    @AfterEach
    void endTheLog() {
        log.lines();
    }

    private List<String> text() {
        return new String(MetricsText.write(telemetry.metrics()), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    @Test
    void countersHaveTheirSuffixOnSamplesOnlyAndUnitsALine() {
        telemetry.xds().message("type.googleapis.com/istio.workload.Address", 20984);
        telemetry.xds().connectionTerminated("Reconnect");

        assertThat(text())
                .containsSubsequence(
                        "# HELP istio_xds_connection_terminations The total number of completed"
                                + " connections to xds server (unstable).",
                        "# TYPE istio_xds_connection_terminations counter",
                        "istio_xds_connection_terminations_total{reason=\"Reconnect\"} 1",
                        "# TYPE istio_xds_message counter",
                        "istio_xds_message_total"
                                + "{url=\"type.googleapis.com/istio.workload.Address\"} 1",
                        "# TYPE istio_xds_message_bytes counter",
                        "# UNIT istio_xds_message_bytes bytes",
                        "istio_xds_message_bytes_total"
                                + "{url=\"type.googleapis.com/istio.workload.Address\"} 20984",
                        "# EOF");
    }

    @Test
    void familiesWithoutSamplesLeaveNoTrace() {
        assertThat(text())
                .noneMatch(line -> line.contains("istio_xds_"))
                .noneMatch(line -> line.contains("istio_tcp_connections_opened"))
                .noneMatch(line -> line.contains("ztunnel_certificates"));
    }

    @Test
    void gaugesAreBareNumbers() {
        telemetry.openSockets(Reporter.DESTINATION).increment();
        telemetry.proxies(() -> 3, () -> 0);
        telemetry.proxiesStarted().add(3);

        assertThat(text())
                .contains(
                        "istio_build{component=\"ztunnel\",tag=\"unknown\"} 1",
                        "istio_tcp_sockets_open{reporter=\"source\"} 0",
                        "istio_tcp_sockets_open{reporter=\"destination\"} 1",
                        "workload_manager_active_proxy_count 3",
                        "workload_manager_pending_proxy_count 0",
                        "workload_manager_proxies_started_total 3",
                        "workload_manager_proxies_stopped_total 0")
                .anyMatch(line -> line.matches("process_open_fds [1-9][0-9]*"))
                .anyMatch(line -> line.matches("process_max_fds [1-9][0-9]*"))
                .endsWith("# EOF");
    }

    @Test
    void helpSaysUnstableExactlyWhereDashboardsMustNotRelyOnIt() {
        record().complete(ConnectionError.drained());
        record().complete(ConnectionError.policyChanged());
        telemetry.xds().message("u", 1);
        List<String> stable =
                List.of(
                        "istio_build",
                        "istio_tcp_connections_opened",
                        "istio_tcp_connections_closed",
                        "istio_tcp_received_bytes",
                        "istio_tcp_sent_bytes",
                        "process_open_fds",
                        "process_max_fds");
        List<String> seen = new ArrayList<>();
        for (String line : text()) {
            if (line.startsWith("# HELP ")) {
                String name = line.split(" ", 4)[2];
                seen.add(name);
                assertThat(line.contains("unstable")).as(line).isEqualTo(!stable.contains(name));
            }
        }
        assertThat(seen).containsAll(stable).contains("istio_tcp_connections_failed");
    }

    private ConnectionRecord record() {
        Workload client = workload("curl-1", "client", "curl", "curl", "latest");
        Workload server =
                workload(
                        "productpage-v1-1",
                        "bookinfo",
                        "bookinfo-productpage",
                        "productpage",
                        "v1");
        return telemetry
                .connection(Reporter.DESTINATION, address("10.0.0.1:1"), address("10.0.0.2:15008"))
                .sourceWorkload(client)
                .sourceIdentity(new Identity("cluster.local", "client", "curl"))
                .destinationWorkload(server)
                .destinationService(service("productpage", "bookinfo"))
                .mutualTls(true)
                .open();
    }

    private static final String LABELS =
            "{reporter=\"destination\",source_workload=\"curl\",source_canonical_service=\"curl\","
                    + "source_canonical_revision=\"latest\",source_workload_namespace=\"client\","
                    + "source_principal=\"spiffe://cluster.local/ns/client/sa/curl\","
                    + "source_app=\"curl\",source_version=\"latest\",source_cluster=\"Kubernetes\","
                    + "destination_service=\"productpage.bookinfo.svc.cluster.local\","
                    + "destination_service_namespace=\"bookinfo\","
                    + "destination_service_name=\"productpage\","
                    + "destination_workload=\"productpage-v1\","
                    + "destination_canonical_service=\"productpage\","
                    + "destination_canonical_revision=\"v1\","
                    + "destination_workload_namespace=\"bookinfo\","
                    + "destination_principal="
                    + "\"spiffe://cluster.local/ns/bookinfo/sa/bookinfo-productpage\","
                    + "destination_app=\"productpage\",destination_version=\"v1\","
                    + "destination_cluster=\"Kubernetes\",request_protocol=\"tcp\","
                    + "response_flags=\"-\",connection_security_policy=\"mutual_tls\","
                    + "source_region=\"r1\",source_zone=\"z1\",destination_region=\"r1\","
                    + "destination_zone=\"z1\"}";

    @Test
    void trafficSeriesCarryAllLabelsInOrder() {
        ConnectionRecord record = record();
        record.addSent(664);
        record.complete(null);
        assertThat(text())
                .contains(
                        "istio_tcp_connections_opened_total" + LABELS + " 1",
                        "istio_tcp_connections_closed_total" + LABELS + " 1",
                        "istio_tcp_received_bytes_total" + LABELS + " 0",
                        "istio_tcp_sent_bytes_total" + LABELS + " 664");
    }

    @Test
    void labelNamesAreTheRecordedOnes() throws IOException {
        for (String line : Files.readAllLines(Golden.file("metrics.txt"))) {
            if (line.startsWith("istio_tcp_") && line.contains("source_workload")) {
                String labels = line.substring(line.indexOf('{') + 1, line.indexOf('}'));
                assertThat(Arrays.stream(labels.split(",", -1)).map(l -> l.split("=", 2)[0]))
                        .containsExactlyElementsOf(TrafficLabels.NAMES);
            }
        }
    }

    @Test
    void recordedFamiliesExistWithTheirTypesAndUnitsInTheRecordedOrder() throws IOException {
        record().complete(ConnectionError.policyChanged());
        telemetry.xds().message("u", 1);
        telemetry.xds().connectionTerminated("Error");
        telemetry.proxies(() -> 0, () -> 0);
        List<String> recorded =
                Files.readAllLines(Golden.file("metrics.txt")).stream()
                        .filter(line -> line.startsWith("# ") && !line.contains("tokio_"))
                        .toList();
        assertThat(text()).containsSubsequence(recorded);
    }

    @Test
    void labelValuesFromOutsideAreEscaped() {
        telemetry.metrics().counter("x", "y", "label").with("a\"b\\c\nd").increment();
        assertThat(text()).contains("x_total{label=\"a\\\"b\\\\c\\nd\"} 1");
    }

    @Test
    void histogramsAreCumulative() {
        HistogramFamily family =
                telemetry.metrics().histogram("h_seconds", "x", new double[] {0.5, 1}, "type");
        family.with("a").observe(0.5);
        family.with("a").observe(0.75);
        family.with("a").observe(7);
        assertThat(text())
                .containsSubsequence(
                        "# TYPE h_seconds histogram",
                        "h_seconds_sum{type=\"a\"} 8.25",
                        "h_seconds_count{type=\"a\"} 3",
                        "h_seconds_bucket{type=\"a\",le=\"0.5\"} 1",
                        "h_seconds_bucket{type=\"a\",le=\"1.0\"} 2",
                        "h_seconds_bucket{type=\"a\",le=\"+Inf\"} 3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/openmetrics-text|true",
                "text/html, Application/OpenMetrics-Text;version=1.0.0;q=0.5|true",
                "application/openmetrics-textual|false",
                "text/plain|false",
                "*/*|false",
                "''|false",
            })
    void openMetricsIsNamedToThoseWhoAskForIt(String accept, boolean openMetrics) {
        assertThat(MetricsText.contentType(List.of("text/css", accept)))
                .isEqualTo(openMetrics ? MetricsText.OPEN_METRICS : MetricsText.PLAIN_TEXT);
    }
}
