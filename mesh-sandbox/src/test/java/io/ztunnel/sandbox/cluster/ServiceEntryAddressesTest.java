package io.ztunnel.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

class ServiceEntryAddressesTest {
    private static String entry(String name, String more, String spec) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: %s, namespace: ns%s}
        spec: %s
        """
                .formatted(name, more, spec);
    }

    private static ClusterState run(String yaml, ClusterMemory before) {
        ManifestSet set = ManifestLoader.parse("m.yaml", yaml);
        assertThat(set.problems()).isEmpty();
        ClusterState state =
                Cluster.materialize(
                        set.objects(),
                        ClusterSettings.DEFAULT.withFamilies(List.of(IpFamily.IPV4)),
                        before,
                        RuntimeStatus.allRunning());
        assertThat(state.problems()).isEmpty();
        return state;
    }

    /** {@code host=address} of every status address. */
    private static List<String> status(ClusterState state, String name) {
        return state.objects().stream()
                .filter(o -> o.kind() == Kind.SERVICE_ENTRY && o.name().equals(name))
                .flatMap(o -> o.status().trees("addresses").stream())
                .map(address -> address.text("host") + "=" + address.text("value"))
                .toList();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | {hosts: [a.x, b.x], resolution: DNS} | a.x=240.240.0.1 a.x=2001:2::1"
                        + " b.x=240.240.0.2 b.x=2001:2::2",
                "'' | {hosts: [a.x], resolution: STATIC} | a.x=240.240.0.1 a.x=2001:2::1",
                "'' | {hosts: ['*.x', a.x], resolution: DNS} | a.x=240.240.0.1 a.x=2001:2::1",
                "'' | {hosts: ['*.x'], resolution: DYNAMIC_DNS} | *.x=240.240.0.1 *.x=2001:2::1",
                "'' | {hosts: [a.x], resolution: NONE} | ''",
                "'' | {hosts: [a.x]} | ''",
                "'' | {hosts: [a.x], resolution: DNS, addresses: [10.9.9.9]} | ''",
                "', labels: {networking.istio.io/enable-autoallocate-ip: False}' | {hosts: [a.x],"
                        + " resolution: DNS} | ''",
                "', labels: {networking.istio.io/enable-autoallocate-ip: other}' | {hosts: [a.x],"
                        + " resolution: DNS} | a.x=240.240.0.1 a.x=2001:2::1"
            })
    void whichHostsGetAnAddress(String more, String spec, String expected) {
        String quoted = more.replace("False", "'False'");

        assertThat(
                        String.join(
                                " ",
                                status(run(entry("e", quoted, spec), ClusterMemory.EMPTY), "e")))
                .isEqualTo(expected);
    }

    @Test
    void anAddressStaysWhenOthersComeAndGoAndAcrossARestart(@TempDir Path folder)
            throws IOException {
        String spec = "{hosts: [%s], resolution: DNS}";
        String second = entry("second", "", spec.formatted("b.x"));
        ClusterState both =
                run(entry("first", "", spec.formatted("a.x")) + second, ClusterMemory.EMPTY);
        Path file = folder.resolve("memory.json");
        ClusterMemoryFile.save(file, both.memory());
        ClusterState later =
                run(
                        entry("added", "", spec.formatted("c.x")) + second,
                        ClusterMemoryFile.load(file));

        assertThat(status(later, "second")).isEqualTo(status(both, "second"));
        assertThat(status(later, "added")).containsExactly("c.x=240.240.0.1", "c.x=2001:2::1");
        assertThat(later.memory().serviceEntries()).hasSize(2);
    }

    @Test
    void whatSomebodyChoseGoesBeforeAndTheOldestAfter() {
        String spec = "{hosts: [%s], resolution: DNS}";
        String young = ", creationTimestamp: '2024-01-01T00:00:00Z'";
        String old = ", creationTimestamp: '2020-01-01T00:00:00Z'";
        String given =
                entry("given", "", spec.formatted("g.x"))
                        + "status: {addresses: [{value: 240.240.0.1, host: g.x}]}\n";
        ClusterState state =
                run(
                        entry("a", young, spec.formatted("young.x"))
                                + entry("b", old, spec.formatted("old.x"))
                                + given
                                + entry("own", "", "{hosts: [o.x], addresses: [240.240.0.2]}"),
                        ClusterMemory.EMPTY);

        assertThat(status(state, "given")).containsExactly("g.x=240.240.0.1");
        assertThat(status(state, "b")).containsExactly("old.x=240.240.0.3", "old.x=2001:2::1");
        assertThat(status(state, "a")).containsExactly("young.x=240.240.0.4", "young.x=2001:2::2");
    }

    @Test
    void anEntryThatNeedsNoneAnyMoreLosesIt() {
        String written = "status: {addresses: [{value: 240.240.0.9, host: a.x}]}\n";

        assertThat(
                        status(
                                run(
                                        entry("e", "", "{hosts: [a.x], resolution: NONE}")
                                                + written,
                                        ClusterMemory.EMPTY),
                                "e"))
                .isEmpty();
    }
}
