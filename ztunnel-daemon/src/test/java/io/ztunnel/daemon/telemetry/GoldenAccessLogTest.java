package io.ztunnel.daemon.telemetry;

import static io.ztunnel.daemon.telemetry.Fixtures.address;
import static io.ztunnel.daemon.telemetry.Fixtures.service;
import static io.ztunnel.daemon.telemetry.Fixtures.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Identity;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Each recorded line, taken apart and told to a record, comes out again byte for byte. */
class GoldenAccessLogTest {
    private static final Pattern FIELD = Pattern.compile("([a-z_.]+)=(?:\"([^\"]*)\"|([^ ]+))");

    @Test
    void recordedLinesAreReproduced() throws IOException {
        for (String line : Files.readAllLines(Golden.file("access.log"))) {
            assertThat(reproduce(line)).isEqualTo(line);
        }
    }

    private static String reproduce(String line) {
        String[] columns = line.split("\t", 5);
        Map<String, String> fields = new HashMap<>();
        Matcher matcher = FIELD.matcher(columns[4]);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            fields.put(matcher.group(1), quoted != null ? quoted : matcher.group(3));
        }
        CapturedLog log = new CapturedLog(LogFormat.PLAIN);
        log.now = Instant.parse(columns[0]);
        Telemetry telemetry =
                new Telemetry("unknown", log.filter, log.sink, log.clock(), () -> log.nanos);
        boolean inbound = "inbound".equals(fields.get("direction"));
        String service = get(fields, "dst.service");
        String serviceName = service.substring(0, service.indexOf('.'));
        ConnectionRecord record =
                telemetry
                        .connection(
                                inbound ? Reporter.DESTINATION : Reporter.SOURCE,
                                address(get(fields, "src.addr")),
                                address(get(fields, "dst.addr")))
                        .sourceWorkload(peer(fields, "src"))
                        .sourceIdentity(identity(fields.get("src.identity")))
                        .destinationWorkload(peer(fields, "dst"))
                        .destinationService(service(serviceName, get(fields, "dst.namespace")))
                        .hboneAddress(fields.get("dst.hbone_addr"))
                        .mutualTls(fields.containsKey("src.identity"))
                        .open();
        int sent = Integer.parseInt(get(fields, "bytes_sent"));
        int received = Integer.parseInt(get(fields, "bytes_recv"));
        record.addSent(inbound ? sent : received);
        record.addReceived(inbound ? received : sent);
        String millis = get(fields, "duration").replace("ms", "");
        log.nanos += Long.parseLong(millis) * 1_000_000;
        String error = fields.get("error");
        record.complete(error == null ? null : ConnectionError.other(error));

        String written = log.lines().getFirst();
        int ours = written.indexOf(" error.code=");
        return ours < 0 ? written : written.substring(0, ours);
    }

    private static Workload peer(Map<String, String> fields, String end) {
        @Nullable Identity identity = identity(fields.get(end + ".identity"));
        return workload(
                get(fields, end + ".workload"),
                get(fields, end + ".namespace"),
                identity == null ? "default" : identity.serviceAccount(),
                "app",
                "v1");
    }

    private static @Nullable Identity identity(@Nullable String uri) {
        return uri == null ? null : Identity.parse(uri);
    }

    private static String get(Map<String, String> fields, String key) {
        return Objects.requireNonNull(fields.get(key), key);
    }
}
