package io.ztunnel.sandbox.conformance.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogLineTest {
    @Test
    void fieldsAreReadWithoutTheirQuotes() {
        LogLine line =
                LogLine.parse(
                                "2026-01-01T00:00:00Z\terror\taccess\tconnection complete\t"
                                        + "src.addr=[fd00::1]:80 dst.service=\"a b\" bytes_sent=5"
                                        + " error=\"he said \\\"no\\\"\"")
                        .orElseThrow();
        assertThat(line.level()).isEqualTo("error");
        assertThat(line.target()).isEqualTo("access");
        assertThat(line.message()).isEqualTo("connection complete");
        assertThat(line.fields())
                .containsEntry("src.addr", "[fd00::1]:80")
                .containsEntry("dst.service", "a b")
                .containsEntry("bytes_sent", "5")
                .containsEntry("error", "he said \"no\"")
                .hasSize(4);
    }

    @Test
    void anObjectIsALineToo() {
        LogLine line =
                LogLine.parse(
                                "{\"level\":\"info\",\"time\":\"2026-01-01T00:00:00Z\","
                                        + "\"scope\":\"access\",\"message\":\"connection"
                                        + " complete\",\"src.addr\":\"[fd00::1]:80\","
                                        + "\"bytes_sent\":5}")
                        .orElseThrow();
        assertThat(line.level()).isEqualTo("info");
        assertThat(line.target()).isEqualTo("access");
        assertThat(line.message()).isEqualTo("connection complete");
        assertThat(line.fields())
                .containsExactly(
                        java.util.Map.entry("src.addr", "[fd00::1]:80"),
                        java.util.Map.entry("bytes_sent", "5"));
    }

    @Test
    void otherLinesAreNone() {
        assertThat(LogLine.parse("{\"level\":\"info\"}")).isEmpty();
        assertThat(LogLine.parse("{not JSON")).isEmpty();
        assertThat(LogLine.parse("Exception in thread main")).isEmpty();
        assertThat(LogLine.parse("2026\tinfo\tapp\tstarted").orElseThrow().fields()).isEmpty();
    }
}
