package io.ztunnel.sandbox.waypoint.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.Workload;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

class TelemetryTest {
    private static final Party CURL =
            Party.of(
                    Workload.newBuilder()
                            .setWorkloadName("curl")
                            .setCanonicalName("curl")
                            .setCanonicalRevision("latest")
                            .setNamespace("client")
                            .setClusterId("Kubernetes")
                            .build(),
                    "spiffe://cluster.local/ns/client/sa/curl");
    private static final Party REVIEWS =
            Party.of(
                    Workload.newBuilder()
                            .setWorkloadName("reviews-v1")
                            .setCanonicalName("reviews")
                            .setCanonicalRevision("v1")
                            .setNamespace("bookinfo")
                            .setServiceAccount("bookinfo-reviews")
                            .setClusterId("Kubernetes")
                            .build(),
                    "");
    private static final Destination SERVICE =
            new Destination("reviews.bookinfo.svc.cluster.local", "reviews", "bookinfo");

    private final Telemetry telemetry = new Telemetry();

    private void request(int status, String grpc, String flags, int millis) {
        telemetry.request(
                new Telemetry.Request(
                        CURL,
                        REVIEWS,
                        SERVICE,
                        status,
                        !grpc.isEmpty(),
                        grpc,
                        flags,
                        10,
                        300,
                        Duration.ofMillis(millis)));
    }

    @Test
    void aRequestIsCountedWithIstiosLabelsInTheirOrder() {
        request(200, "", "", 7);
        request(200, "", "", 7);

        assertThat(telemetry.prometheus())
                .contains(
                        """
                        istio_requests_total{reporter="waypoint",source_workload="curl",\
                        source_canonical_service="curl",source_canonical_revision="latest",\
                        source_workload_namespace="client",\
                        source_principal="spiffe://cluster.local/ns/client/sa/curl",\
                        source_app="curl",source_version="latest",source_cluster="Kubernetes",\
                        destination_workload="reviews-v1",\
                        destination_workload_namespace="bookinfo",\
                        destination_principal="spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews",\
                        destination_app="reviews",destination_version="v1",\
                        destination_service="reviews.bookinfo.svc.cluster.local",\
                        destination_canonical_service="reviews",\
                        destination_canonical_revision="v1",destination_service_name="reviews",\
                        destination_service_namespace="bookinfo",\
                        destination_cluster="Kubernetes",request_protocol="http",\
                        response_code="200",grpc_response_status="",response_flags="-",\
                        connection_security_policy="mutual_tls"} 2
                        """);
    }

    @Test
    void whatDiffersInALabelIsCountedApart() {
        request(200, "", "", 1);
        request(503, "", "UF", 1);
        request(200, "14", "", 1);

        assertThat(
                        telemetry
                                .prometheus()
                                .lines()
                                .filter(l -> l.startsWith("istio_requests_total{")))
                .hasSize(3)
                .anyMatch(l -> l.contains("response_code=\"503\"") && l.contains("\"UF\""))
                .anyMatch(
                        l ->
                                l.contains("request_protocol=\"grpc\"")
                                        && l.contains("grpc_response_status=\"14\""));
    }

    @Test
    void durationsFallIntoEnvoysBuckets() {
        request(200, "", "", 7);
        request(200, "", "", 700);
        String text = telemetry.prometheus();

        assertThat(text)
                .containsPattern("duration_milliseconds_bucket\\{.*le=\"5\"} 0\n")
                .containsPattern("duration_milliseconds_bucket\\{.*le=\"10\"} 1\n")
                .containsPattern("duration_milliseconds_bucket\\{.*le=\"1000\"} 2\n")
                .containsPattern("duration_milliseconds_sum\\{.*} 707\n")
                .containsPattern("istio_response_bytes_sum\\{.*} 600\n");
    }

    @Test
    void whoIsNotKnownIsUnknownAndConnectionsAreCountedToo() {
        telemetry.connection(Party.NOBODY, REVIEWS, Destination.NONE, "UF", 3, 4);

        assertThat(telemetry.prometheus())
                .contains("istio_tcp_connections_opened_total{reporter=\"waypoint\"")
                .contains("source_workload=\"unknown\"")
                .contains("request_protocol=\"tcp\",response_flags=\"UF\"")
                .containsPattern("istio_tcp_sent_bytes_total\\{.*} 4\n");
    }

    @Test
    void aStrangerCannotMakeSeriesWithoutEnd() {
        for (int i = 0; i < 6_000; i++) {
            telemetry.connection(
                    Party.of(null, "spiffe://x/" + i), REVIEWS, Destination.NONE, "", 1, 1);
        }
        String opened = "istio_tcp_connections_opened_total{";

        assertThat(telemetry.prometheus().lines().filter(l -> l.startsWith(opened)))
                .hasSize(5_001)
                .anyMatch(l -> l.contains("overflow=\"true\"") && l.endsWith(" 1000"));
    }

    @Test
    void prometheusReadsItOverHttp() throws Exception {
        request(200, "", "", 7);
        var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (MetricsServer server = MetricsServer.start(any, telemetry);
                HttpClient client = HttpClient.newHttpClient()) {
            URI uri =
                    URI.create(
                            "http://127.0.0.1:" + server.address().getPort() + "/stats/prometheus");

            assertThat(
                            client.send(
                                            HttpRequest.newBuilder(uri).build(),
                                            BodyHandlers.ofString())
                                    .body())
                    .contains("istio_requests_total{");
        }
    }
}
