package io.ztunnel.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ClusterMemoryFileTest {
    @TempDir Path folder;

    @Test
    void whatIsSavedIsLoadedAndNothingIsLeftBeside() throws IOException {
        Path file = folder.resolve("cluster.json");
        ClusterMemory memory =
                Cluster.materialize(
                                Bookinfo.throughTheWaypoint(),
                                ClusterSettings.DEFAULT,
                                ClusterMemory.EMPTY,
                                RuntimeStatus.allRunning())
                        .memory();

        ClusterMemoryFile.save(file, ClusterMemory.EMPTY);
        ClusterMemoryFile.save(file, memory);

        assertThat(ClusterMemoryFile.load(file)).isEqualTo(memory);
        assertThat(memory.pods()).hasSize(10);
        assertThat(memory.gateways()).hasSize(1);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void anAbsentFileIsAnEmptyMemory() throws IOException {
        assertThat(ClusterMemoryFile.load(folder.resolve("none"))).isEqualTo(ClusterMemory.EMPTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1]", "nonsense"})
    void aFileOfSomethingElseIsAnError(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("cluster.json"), text);

        assertThatThrownBy(() -> ClusterMemoryFile.load(file)).isInstanceOf(IOException.class);
    }

    @Test
    void entriesOfTheWrongTypeArePassedOver() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("cluster.json"),
                        "{\"nodes\": {\"a\": 1, \"b\": \"x\"}, \"pods\": {\"p\": 3}, \"services\":"
                                + " {\"s\": [\"10.4.0.1\", 5]}}");

        ClusterMemory memory = ClusterMemoryFile.load(file);

        assertThat(memory.nodes()).containsOnlyKeys("a");
        assertThat(memory.pods()).isEmpty();
        assertThat(memory.services().get("s")).containsExactly("10.4.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "10.244.1.7/24, 10.244.1.0/24, 256, 10.244.1.255, true",
        "10.244.1.0/24, 10.244.1.0/24, 256, 10.244.2.0, false",
        "10.4.0.0/16, 10.4.0.0/16, 65536, 10.4.255.255, true",
        "0.0.0.0/0, 0.0.0.0/0, 4294967296, 1.2.3.4, true",
        "10.0.0.1/32, 10.0.0.1/32, 1, 10.0.0.1, true",
        "fd00:10:244:1::/64, fd00:10:244:1::/64, 4611686018427387904, fd00:10:244:1::5, true",
        "fd00:10:4::/112, fd00:10:4::/112, 65536, fd00:10:5::1, false",
        "fd00:10:4::/112, fd00:10:4::/112, 65536, 10.4.0.1, false"
    })
    void addressRanges(String cidr, String shown, long size, String address, boolean inside) {
        AddressRange range = AddressRange.parse(cidr);

        assertThat(range.toString()).isEqualTo(shown);
        assertThat(range.size()).isEqualTo(size);
        assertThat(range.contains(address)).isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.0",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "x/8",
                "10.0.0.0/x",
                "10.1/16"
            })
    void whatIsNoRangeIsRefused(String cidr) {
        assertThatThrownBy(() -> AddressRange.parse(cidr))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRangeGivesEveryAddressOnceAndThenNone() {
        AddressPool pool = new AddressPool();
        AddressRange range = AddressRange.parse("10.0.0.0/29");
        java.util.Set<String> given = new java.util.HashSet<>();
        for (int i = 0; i < 5; i++) {
            given.add(pool.allocate(range, 2, "seed" + i).orElseThrow());
        }

        assertThat(given).hasSize(5).doesNotContain("10.0.0.0", "10.0.0.1", "10.0.0.7");
        assertThat(pool.allocate(range, 2, "more")).isEmpty();
    }
}
