package io.ztunnel.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.daemon.telemetry.Golden;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;

class ConfigDumpTest {
    private static SortedMap<String, @Nullable Object> dump(Map<String, String> env) {
        FakeFiles files =
                new FakeFiles()
                        .with("/etc/mesh/root.pem", "")
                        .with("/etc/resolv.conf", "nameserver 10.4.0.10\n");
        return Config.from(env, List.of("proxy"), files, 8).dump();
    }

    @Test
    void keysAreSortedAndValuesHaveTheReferencesShapes() throws IOException {
        SortedMap<String, @Nullable Object> dump =
                dump(
                        Map.of(
                                "CA_ROOT_CA", "/etc/mesh/root.pem",
                                "XDS_ROOT_CA", "SYSTEM",
                                "CA_HEADER_A", "b",
                                "PROXY_MODE", "dedicated",
                                "PROXY_WORKLOAD_INFO", "ns/n/sa",
                                "SECRET_TTL", "1500ms",
                                "IPV6_ENABLED", "false",
                                "ENABLE_ORIG_SRC", "true"));

        assertThat(List.copyOf(dump.keySet())).isSorted();
        assertThat(dump)
                .containsEntry("caRootCert", Map.of("File", "/etc/mesh/root.pem"))
                .containsEntry("xdsRootCert", "Default")
                .containsEntry("caHeaders", List.of(List.of("a", "b")))
                .containsEntry("proxyMode", "Dedicated")
                .containsEntry(
                        "proxyWorkloadInformation",
                        Map.of("name", "n", "namespace", "ns", "serviceAccount", "sa"))
                .containsEntry("secretTtl", Map.of("nanos", 500_000_000, "secs", 1L))
                .containsEntry("adminAddr", Map.of("Localhost", List.of(false, 15000)))
                .containsEntry("statsAddr", Map.of("SocketAddr", "0.0.0.0:15020"))
                .containsEntry("inboundAddr", "0.0.0.0:15008")
                .containsEntry("packetMark", null)
                .containsEntry("requireOriginalSource", true);
        assertThat(JSON.std.asString(dump)).startsWith("{\"adminAddr\":{\"Localhost\":[false,");
    }

    /** With the recorded environment the section is the recorded one, key by key. */
    @Test
    void theRecordedDumpIsReproduced() throws IOException {
        Path file = Golden.file("config_dump.json");
        Map<String, Object> recorded = JSON.std.mapFrom(Files.readString(file));
        Map<?, ?> expected = (Map<?, ?>) Objects.requireNonNull(recorded.get("config"));

        SortedMap<String, @Nullable Object> dump =
                dump(
                        Map.ofEntries(
                                Map.entry("CA_ADDRESS", "https://10.244.0.1:15012"),
                                Map.entry("XDS_ADDRESS", "https://10.244.0.1:15013"),
                                Map.entry("CA_ROOT_CA", "/etc/mesh/root.pem"),
                                Map.entry("XDS_ROOT_CA", "/etc/mesh/root.pem"),
                                Map.entry("INPOD_UDS", "/etc/mesh/n1.sock"),
                                Map.entry("NODE_NAME", "node1"),
                                Map.entry("ISTIO_META_DNS_CAPTURE", "true"),
                                Map.entry("POD_NAME", "ztunnel-n1"),
                                Map.entry("POD_NAMESPACE", "istio-system"),
                                Map.entry("SERVICE_ACCOUNT", "ztunnel")));

        Map<String, Object> ours =
                JSON.std.mapFrom(JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(dump));
        assertThat(ours.keySet()).isEqualTo(expected.keySet());
        ours.forEach(
                (key, value) -> {
                    if (key.equals("illegalPorts")) { // a set, in no order
                        assertThat(set(value)).isEqualTo(set(expected.get(key)));
                    } else {
                        assertThat(value).as(key).isEqualTo(expected.get(key));
                    }
                });
    }

    private static Set<?> set(@Nullable Object list) {
        return list instanceof List<?> items ? new HashSet<>(items) : Set.of();
    }
}
