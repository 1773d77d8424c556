package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;

class LogFormatTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.000006789Z");

    private static String render(LogFormat format, String message, LogFields fields) {
        StringBuilder out = new StringBuilder();
        format.append(out, new LogRecord(TIME, Level.INFO, "access", message, fields, null));
        return out.toString();
    }

    private static LogFields sample() {
        return new LogFields()
                .bare("src.addr", "[fd00::1]:80")
                .text("src.workload", "a \"b\"\\c")
                .text("absent", null)
                .bare("gone", null)
                .number("bytes", 12)
                .flag("on", true);
    }

    @Test
    void plainLinesAreTabSeparatedWithBareNumbersAndAddresses() {
        assertThat(render(LogFormat.PLAIN, "connection complete", sample()))
                .isEqualTo(
                        "2026-01-02T03:04:05.000006Z\tinfo\taccess\tconnection complete\t"
                                + "src.addr=[fd00::1]:80 src.workload=\"a \\\"b\\\"\\\\c\""
                                + " bytes=12 on=true");
    }

    @Test
    void aLineWithoutFieldsEndsWithItsMessage() {
        assertThat(render(LogFormat.PLAIN, "hello", LogFields.NONE))
                .isEqualTo("2026-01-02T03:04:05.000006Z\tinfo\taccess\thello");
    }

    @Test
    void jsonLinesAreObjectsWithTheReferencesKeys() throws IOException {
        String line = render(LogFormat.JSON, "connection complete", sample());

        assertThat(line)
                .startsWith(
                        "{\"level\":\"info\",\"time\":\"2026-01-02T03:04:05.000006Z\","
                                + "\"scope\":\"access\",\"message\":\"connection complete\","
                                + "\"src.addr\":\"[fd00::1]:80\"");
        Map<String, Object> parsed = JSON.std.mapFrom(line);
        assertThat(parsed)
                .containsEntry("src.workload", "a \"b\"\\c")
                .containsEntry("bytes", 12)
                .containsEntry("on", true)
                .doesNotContainKeys("absent", "gone");
    }

    @Test
    void nothingFromOutsideBreaksALine() throws IOException {
        String evil = "x\n2026\tinfo\r\u0000\u001b[31m\u2028";
        LogFields fields = new LogFields().text("t", evil).bare("b", evil);

        String plain = render(LogFormat.PLAIN, evil, fields);
        assertThat(plain.chars().filter(Character::isISOControl).filter(c -> c != '\t')).isEmpty();
        assertThat(plain.chars().filter(c -> c == '\t')).hasSize(4);
        assertThat(plain).endsWith("b=\"x\\n2026\\tinfo\\r\\0\\u{1b}[31m\\u{2028}\"");

        String json = render(LogFormat.JSON, evil, fields);
        assertThat(json.chars().filter(Character::isISOControl)).isEmpty();
        assertThat(JSON.std.mapFrom(json)).containsEntry("message", evil).containsEntry("t", evil);
    }

    @Test
    void aLongTextIsCut() {
        String line = render(LogFormat.PLAIN, "m", new LogFields().text("t", "x".repeat(1 << 20)));
        assertThat(line).hasSizeLessThan(9000).endsWith("x...\"");
    }

    @Test
    void anExceptionIsOneFieldWithItsCauses() {
        StringBuilder out = new StringBuilder();
        Exception failure = new IllegalStateException("outer", new IOException("inner"));
        LogFormat.PLAIN.append(
                out, new LogRecord(TIME, Level.ERROR, "s", "failed", LogFields.NONE, failure));
        assertThat(out.toString())
                .contains("\tfailed\texception=\"java.lang.IllegalStateException: outer | at ")
                .contains(" | caused by java.io.IOException: inner | at ")
                .doesNotContain("\n");
    }
}
