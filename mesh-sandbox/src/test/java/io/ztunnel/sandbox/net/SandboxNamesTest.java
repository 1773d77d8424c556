package io.ztunnel.sandbox.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxNamesTest {
    private final SandboxNames names = new SandboxNames("demo");

    @Test
    void everyNameStartsWithTheSandboxes() {
        assertThat(names.root()).isEqualTo("zt-demo-root");
        assertThat(names.node("node1")).isEqualTo("zt-demo-node1");
        assertThat(names.pod("bookinfo", "details-v1-abc"))
                .isEqualTo("zt-demo-details-v1-abc.bookinfo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a-b", "Demo", "../x", "muchtoolongid", "a b", "a;b"})
    void anIdThatCouldNameAnotherSandboxOrAFileIsRefused(String id) {
        assertThatThrownBy(() -> new SandboxNames(id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + id + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "root", "../x", "a.b", "Node", "a b", "a-name-too-long-for-a-device"})
    void aNodeNameThatIsNoDeviceNameIsRefused(String node) {
        assertThatThrownBy(() -> names.node(node)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../x", "a/b", "A", "a b", "x\ny"})
    void aPodNameThatIsNoFileNameIsRefused(String pod) {
        assertThatThrownBy(() -> names.pod("ns", pod)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> names.pod(pod, "pod"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
