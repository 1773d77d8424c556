package io.ztunnel.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.TreeSet;

class ListeningPortsTest {
    @Test
    void onlyListenersCount() {
        String table =
                """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
                   0: 00000000:2378 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
                   1: 0A01F40A:C350 0C02F40A:2378 01 00000000:00000000 00:00000000 00000000     0
                   2: 00000000000000000000000000000000:3AA0 00000000000000000000000000000000:0000 0A 0
                """;
        Set<Integer> ports = new TreeSet<>();

        ListeningPorts.parse(table, ports);

        assertThat(ports).containsExactly(9080, 15008);
    }

    @Test
    void anEmptyTableHasNone() {
        Set<Integer> ports = new TreeSet<>();
        ListeningPorts.parse("", ports);
        assertThat(ports).isEmpty();
    }
}
