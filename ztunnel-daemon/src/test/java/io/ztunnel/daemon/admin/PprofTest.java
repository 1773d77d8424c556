package io.ztunnel.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** CPU profiles: what can be asked for, and what pprof reads of the answer. */
class PprofTest {
    private static HttpReply ask(CpuProfiler profiler, Map<String, String> parameters)
            throws Exception {
        return profiler.answer(new HttpQuery("GET", "/debug/pprof/profile", parameters, ""))
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    private static byte[] body(HttpReply reply) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        reply.body().writeTo(out);
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "seconds, 0, expected 1-300",
        "seconds, 301, expected 1-300",
        "seconds, -1, expected 1-300",
        "seconds, ten, expected 1-300",
        "seconds, '', expected 1-300",
        "seconds, 99999999999, expected 1-300",
        "frequency, 0, expected 1-1000",
        "frequency, 1001, expected 1-1000",
        "frequency, 1.5, expected 1-1000"
    })
    void whatCannotBeTakenIsRefused(String parameter, String value, String expected)
            throws Exception {
        HttpReply reply = ask(new CpuProfiler(), Map.of(parameter, value));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.contentType()).startsWith("text/plain");
        assertThat(new String(body(reply), StandardCharsets.UTF_8))
                .isEqualTo("invalid " + parameter + " value; " + expected + "\n");
    }

    @ParameterizedTest
    @CsvSource({"'', '', 10, 100", "1, 1, 1, 1", "300, 1000, 300, 1000"})
    void limitsAndDefaults(String seconds, String frequency, int length, int rate) {
        Map<String, String> parameters = new HashMap<>();
        if (!seconds.isEmpty()) {
            parameters.put("seconds", seconds);
            parameters.put("frequency", frequency);
        }

        assertThat(ProfileRequest.of(new HttpQuery("GET", "/", parameters, "")))
                .isEqualTo(new ProfileRequest(length, rate));
    }

    /** The fields of a message: numbers, and bytes that are texts or messages. */
    private static Map<Integer, List<Object>> fields(byte[] message) throws IOException {
        Map<Integer, List<Object>> fields = new HashMap<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            Object value =
                    WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT
                            ? (Object) in.readInt64()
                            : in.readByteArray();
            fields.computeIfAbsent(WireFormat.getTagFieldNumber(tag), n -> new ArrayList<>())
                    .add(value);
        }
        return fields;
    }

    private static List<Object> all(Map<Integer, List<Object>> message, int field) {
        return Objects.requireNonNull(message.get(field), "field " + field);
    }

    private static List<String> strings(Map<Integer, List<Object>> profile) {
        return all(profile, 6).stream()
                .map(text -> new String((byte[]) text, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void equalStacksAreOneSample() throws IOException {
        PprofProfile profile = new PprofProfile(Duration.ofMillis(10));
        PprofProfile.Frame inner = new PprofProfile.Frame("A.inner", "A.java", 7);
        PprofProfile.Frame outer = new PprofProfile.Frame("A.outer", "A.java", 9);
        profile.add(List.of(inner, outer));
        profile.add(List.of(outer));
        profile.add(List.of(inner, outer));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        profile.writeTo(out, Instant.ofEpochSecond(5, 3), Duration.ofSeconds(2));

        Map<Integer, List<Object>> fields = fields(out.toByteArray());
        List<String> strings = strings(fields);
        assertThat(strings).startsWith("").contains("samples", "count", "cpu", "nanoseconds");
        assertThat(all(fields, 2)).hasSize(2);
        Map<Integer, List<Object>> twice = fields((byte[]) all(fields, 2).getFirst());
        assertThat(twice)
                .containsEntry(1, List.of(1L, 2L))
                .containsEntry(2, List.of(2L, 20_000_000L));
        Map<Integer, List<Object>> once = fields((byte[]) all(fields, 2).getLast());
        assertThat(once).containsEntry(1, List.of(2L)).containsEntry(2, List.of(1L, 10_000_000L));
        Map<Integer, List<Object>> location = fields((byte[]) all(fields, 4).getFirst());
        Map<Integer, List<Object>> line = fields((byte[]) all(location, 4).getFirst());
        assertThat(line).containsEntry(2, List.of(7L));
        Map<Integer, List<Object>> function = fields((byte[]) all(fields, 5).getFirst());
        assertThat(all(function, 1)).isEqualTo(all(line, 1));
        assertThat(strings.get(((Long) all(function, 2).getFirst()).intValue()))
                .isEqualTo("A.inner");
        assertThat(strings.get(((Long) all(function, 4).getFirst()).intValue()))
                .isEqualTo("A.java");
        assertThat(fields)
                .containsEntry(9, List.of(5_000_000_003L))
                .containsEntry(10, List.of(2_000_000_000L))
                .containsEntry(12, List.of(10_000_000L));
    }

    @Test
    void profileShowsWhoIsBusyAndIsTakenAlone() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Thread busy = Thread.ofPlatform().daemon().start(() -> burn(stop));
        try {
            CpuProfiler profiler = new CpuProfiler();
            var first =
                    profiler.answer(
                                    new HttpQuery(
                                            "GET",
                                            "/debug/pprof/profile",
                                            Map.of("seconds", "2", "frequency", "500"),
                                            ""))
                            .toCompletableFuture();
            assertThat(ask(profiler, Map.of("seconds", "1")).status()).isEqualTo(500);
            HttpReply reply = first.get(60, TimeUnit.SECONDS);
            assertThat(reply.status())
                    .as(new String(body(reply), StandardCharsets.UTF_8))
                    .isEqualTo(200);
            assertThat(reply.contentType()).isEqualTo("application/octet-stream");
            assertThat(strings(fields(body(reply))))
                    .contains("io.ztunnel.daemon.admin.PprofTest.burn")
                    .contains("io/ztunnel/daemon/admin/PprofTest.java");
            assertThat(ask(profiler, Map.of("seconds", "1")).status()).isEqualTo(200);
        } finally {
            stop.set(true);
            busy.join();
        }
    }

    private static long burn(AtomicBoolean stop) {
        long sum = 0;
        while (!stop.get()) {
            for (int i = 0; i < 10_000; i++) {
                sum = sum * 31 + i;
            }
        }
        return sum;
    }
}
