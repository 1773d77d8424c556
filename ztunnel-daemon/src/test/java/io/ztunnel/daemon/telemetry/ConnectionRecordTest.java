package io.ztunnel.daemon.telemetry;

import static io.ztunnel.daemon.telemetry.Fixtures.address;
import static io.ztunnel.daemon.telemetry.Fixtures.service;
import static io.ztunnel.daemon.telemetry.Fixtures.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.policy.Verdict;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class ConnectionRecordTest {
    private static final Workload CLIENT =
            workload("curl-7d9-x2", "client", "curl", "curl", "latest");
    private static final Workload SERVER =
            workload("details-v1-6b", "shop", "details", "details", "v1");

    private CapturedLog log = new CapturedLog(LogFormat.PLAIN);
    private Telemetry telemetry = telemetry();

    private Telemetry telemetry() {
        return new Telemetry("1.30", log.filter, log.sink, log.clock(), () -> log.nanos);
    }

    private ConnectionRecord.Builder inbound() {
        return telemetry
                .connection(
                        Reporter.DESTINATION,
                        address("10.244.2.60:53154"),
                        address("10.244.1.11:15008"))
                .hboneAddress("10.244.1.11:9080")
                .sourceWorkload(CLIENT)
                .sourceIdentity(new Identity("cluster.local", "client", "curl"))
                .destinationWorkload(SERVER)
                .destinationService(service("details", "shop"))
                .mutualTls(true);
    }

    private String onlyLine() {
        List<String> lines = log.lines();
        assertThat(lines).hasSize(1);
        return lines.getFirst();
    }

    private List<String> samples(String family) {
        return new String(MetricsText.write(telemetry.metrics()), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(family + "{") || line.startsWith(family + " "))
                .toList();
    }

    @Test
    void anInboundTunnelStreamThatEndedWell() {
        ConnectionRecord record = inbound().open();
        record.addReceived(82);
        record.addSent(155);
        log.nanos += 2_900_000;
        record.complete(null);

        assertThat(onlyLine())
                .isEqualTo(
                        "2026-11-22T23:47:32.574832Z\tinfo\taccess\tconnection complete\t"
                                + "src.addr=10.244.2.60:53154 src.workload=\"curl-7d9-x2\""
                                + " src.namespace=\"client\""
                                + " src.identity=\"spiffe://cluster.local/ns/client/sa/curl\""
                                + " src.cluster=\"Kubernetes\" dst.addr=10.244.1.11:15008"
                                + " dst.hbone_addr=10.244.1.11:9080"
                                + " dst.service=\"details.shop.svc.cluster.local\""
                                + " dst.workload=\"details-v1-6b\" dst.namespace=\"shop\""
                                + " dst.identity=\"spiffe://cluster.local/ns/shop/sa/details\""
                                + " dst.cluster=\"Kubernetes\" direction=\"inbound\""
                                + " bytes_sent=155 bytes_recv=82 duration=\"2ms\"");
    }

    @Test
    void outboundSwapsTheBytesOfTheLogButNotOfTheMetrics() {
        ConnectionRecord record =
                telemetry
                        .connection(
                                Reporter.SOURCE, address("10.0.0.1:1"), address("10.0.0.2:15008"))
                        .sourceWorkload(CLIENT)
                        .open();
        record.addReceived(80);
        record.addSent(151);
        record.complete(null);

        assertThat(samples("istio_tcp_received_bytes_total"))
                .singleElement()
                .asString()
                .endsWith(" 80");
        assertThat(samples("istio_tcp_sent_bytes_total"))
                .singleElement()
                .asString()
                .endsWith(" 151");
        assertThat(onlyLine()).contains("direction=\"outbound\" bytes_sent=80 bytes_recv=151 ");
    }

    @Test
    void identitiesAreLoggedOnlyWithMutualTls() {
        inbound().mutualTls(false).hboneAddress(null).open().complete(null);
        assertThat(onlyLine()).doesNotContain("identity").doesNotContain("hbone_addr");
    }

    @Test
    void passthroughKnowsNoDestination() {
        telemetry
                .connection(Reporter.SOURCE, address("10.0.0.1:1"), address("1.2.3.4:443"))
                .sourceWorkload(CLIENT)
                .open()
                .complete(null);
        assertThat(onlyLine())
                .contains(" dst.addr=1.2.3.4:443 direction=\"outbound\" ")
                .doesNotContain("dst.workload");
    }

    @Test
    void aFailureIsAnErrorLineWithTheReferencesTextThenOurCodeAndHint() {
        ConnectionRecord record = inbound().open();
        record.complete(ConnectionError.denied(new Verdict.DeniedBy("shop/deny-curl")));

        assertThat(onlyLine())
                .startsWith("2026-11-22T23:47:32.574832Z\terror\taccess\tconnection complete\t")
                .contains(
                        " duration=\"0ms\" error=\"connection closed due to policy rejection:"
                                + " explicitly denied by: shop/deny-curl\""
                                + " error.code=\"POLICY_DENIED\" error.hint=\"");
    }

    @Test
    void aHintThatKnowsMoreStandsInPlaceOfTheGeneralOne() {
        inbound()
                .open()
                .complete(
                        ConnectionError.denied(Verdict.NoneAllowed.INSTANCE)
                                .withHint("add the waypoint"));

        assertThat(onlyLine())
                .contains(
                        " error=\"connection closed due to policy rejection: allow policies exist,"
                                + " but none allowed\" error.code=\"POLICY_DENIED\""
                                + " error.hint=\"add the waypoint\"");
    }

    @Test
    void theFlagOfAFailureIsOnClosedAndFailedOnly() {
        inbound().open().complete(ConnectionError.policyChanged());

        assertThat(samples("istio_tcp_connections_opened_total"))
                .singleElement()
                .asString()
                .contains("response_flags=\"-\"")
                .endsWith(" 1");
        for (String family :
                List.of(
                        "istio_tcp_connections_closed_total",
                        "istio_tcp_connections_failed_total")) {
            assertThat(samples(family))
                    .singleElement()
                    .asString()
                    .contains("response_flags=\"DENY\"")
                    .endsWith(" 1");
        }
        assertThat(samples("istio_tcp_received_bytes_total"))
                .singleElement()
                .asString()
                .contains("response_flags=\"-\"")
                .endsWith(" 0");
    }

    @Test
    void aDrainedConnectionIsClosedButNotFailed() {
        inbound().open().complete(ConnectionError.drained());
        assertThat(samples("istio_tcp_connections_closed_total")).hasSize(1);
        assertThat(samples("istio_tcp_connections_failed_total")).isEmpty();
        assertThat(onlyLine()).contains("\terror\t").contains("due to connection drain");
    }

    @Test
    void onlyTheFirstEndCounts() {
        ConnectionRecord record = inbound().open();
        assertThat(record.complete(null)).isTrue();
        assertThat(record.complete(ConnectionError.drained())).isFalse();
        record.addSent(1 << 20);
        record.publish();

        assertThat(samples("istio_tcp_connections_closed_total")).hasSize(1);
        assertThat(samples("istio_tcp_sent_bytes_total")).singleElement().asString().endsWith(" 0");
        assertThat(onlyLine()).contains("\tinfo\t");
    }

    @Test
    void bytesReachTheMetricsInPortionsAndWhenPublished() {
        ConnectionRecord record = inbound().open();
        record.addReceived(1000);
        assertThat(samples("istio_tcp_received_bytes_total"))
                .singleElement()
                .asString()
                .endsWith(" 0");
        record.publish();
        assertThat(samples("istio_tcp_received_bytes_total"))
                .singleElement()
                .asString()
                .endsWith(" 1000");
        record.addReceived(64 * 1024);
        assertThat(samples("istio_tcp_received_bytes_total"))
                .singleElement()
                .asString()
                .endsWith(" 66536");
        assertThat(record.received()).isEqualTo(66536);
        record.complete(null);
    }

    @Test
    void anOpeningIsLoggedAtDebugWithoutBytes() {
        log.filter.update("access=debug");
        inbound().open().complete(null);
        List<String> lines = log.lines();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .contains("\tdebug\taccess\tconnection opened\tsrc.addr=")
                .endsWith("direction=\"inbound\"");
    }

    @Test
    void whatThePeerSaysOfItselfCountsUntilTheMeshKnowsBetter() {
        DerivedWorkload baggage =
                new DerivedWorkload("dep", "svc", "v2", "ns2", "c2", "r2", "x".repeat(300));
        inbound().sourceWorkload(null).derivedSource(baggage).open().complete(null);
        assertThat(samples("istio_tcp_connections_opened_total"))
                .singleElement()
                .asString()
                .contains("source_workload=\"dep\"", "source_canonical_service=\"svc\"")
                .contains("source_app=\"dep\"", "source_version=\"v2\"", "source_region=\"r2\"")
                .contains("source_zone=\"" + "x".repeat(253) + "\"");
        assertThat(onlyLine()).contains(" src.workload=\"svc\" src.namespace=\"ns2\"");

        log = new CapturedLog(LogFormat.PLAIN);
        telemetry = telemetry();
        inbound().derivedSource(baggage).open().complete(null);
        assertThat(samples("istio_tcp_connections_opened_total"))
                .singleElement()
                .asString()
                .contains("source_workload=\"curl\"", "source_zone=\"z1\"");
        log.lines();
    }

    @Test
    void localitiesAppearOnlyWhenAnEndIsKnown() {
        telemetry
                .connection(Reporter.SOURCE, address("10.0.0.1:1"), address("1.2.3.4:443"))
                .open()
                .complete(null);
        assertThat(samples("istio_tcp_connections_opened_total"))
                .singleElement()
                .asString()
                .contains("connection_security_policy=\"unknown\"} 1")
                .doesNotContain("region");
        log.lines();
    }

    @Test
    void anEarlyDenialIsOneWarning() {
        telemetry
                .accessLog()
                .denied(
                        address("10.0.0.1:1"),
                        address("10.0.0.2:15008"),
                        Reporter.DESTINATION,
                        ConnectionError.ipMismatch("10.0.0.2", "10.0.0.9"));
        assertThat(onlyLine())
                .contains(
                        "\twarn\taccess\tconnection failed\tsrc.addr=10.0.0.1:1"
                                + " dst.addr=10.0.0.2:15008 direction=\"inbound\""
                                + " error=\"ip mismatch: 10.0.0.2 != 10.0.0.9\""
                                + " error.code=\"IP_MISMATCH\"");
        assertThat(samples("istio_tcp_connections_opened_total")).isEmpty();
    }

    @Test
    void aPeerThatIsDeniedAgainAndAgainCannotFloodTheLog() {
        for (int i = 0; i < 1000; i++) {
            telemetry
                    .accessLog()
                    .denied(
                            address("10.0.0.1:" + (i + 1)),
                            null,
                            Reporter.SOURCE,
                            ConnectionError.selfCall());
        }
        log.nanos += 1_000_000_000;
        telemetry
                .accessLog()
                .denied(address("10.0.0.1:9"), null, Reporter.SOURCE, ConnectionError.selfCall());
        List<String> lines = log.lines();
        assertThat(lines).hasSize(102);
        assertThat(lines.get(100)).contains("connections failed").contains("suppressed=900");
    }

    @Test
    void jsonHasTheSameKeysAndNumbersAsNumbers() throws IOException {
        log = new CapturedLog(LogFormat.JSON);
        telemetry = telemetry();
        ConnectionRecord record = inbound().open();
        record.addSent(7);
        record.complete(null);

        Map<String, Object> line = JSON.std.mapFrom(onlyLine());
        assertThat(List.copyOf(line.keySet()))
                .containsExactly(
                        "level",
                        "time",
                        "scope",
                        "message",
                        "src.addr",
                        "src.workload",
                        "src.namespace",
                        "src.identity",
                        "src.cluster",
                        "dst.addr",
                        "dst.hbone_addr",
                        "dst.service",
                        "dst.workload",
                        "dst.namespace",
                        "dst.identity",
                        "dst.cluster",
                        "direction",
                        "bytes_sent",
                        "bytes_recv",
                        "duration");
        assertThat(line).containsEntry("bytes_sent", 7).containsEntry("duration", "0ms");
    }
}
