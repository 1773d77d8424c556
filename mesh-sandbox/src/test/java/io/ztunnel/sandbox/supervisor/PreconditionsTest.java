package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PreconditionsTest {
    @Test
    void onlyRootMayRunASandbox() {
        assertThat(Preconditions.unmetPrivileges(0)).isEmpty();
        assertThat(Preconditions.unmetPrivileges(1000))
                .hasValueSatisfying(line -> assertThat(line).contains("root").contains("1000"));
    }
}
