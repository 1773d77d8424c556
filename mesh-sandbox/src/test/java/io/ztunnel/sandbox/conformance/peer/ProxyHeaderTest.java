package io.ztunnel.sandbox.conformance.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

class ProxyHeaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2111 000c 0a000001 0a000002 0050 1f90                | PROXY 10.0.0.1:80 10.0.0.2:8080
                    2111 0011 0a000001 0a000002 0050 1f90 d0 0002 6869   | PROXY 10.0.0.1:80 10.0.0.2:8080 d0=hi
                    2121 0024 fd000000000000000000000000000001 fd000000000000000000000000000002 0050 1f90 | PROXY [fd00::1]:80 [fd00::2]:8080
                    2100 0000                                            | PROXY UNSPEC
                    """)
    void aHeaderIsToldInALine(String hex, String line) throws Exception {
        Inbox inbox = new Inbox();
        inbox.received(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + hex.replace(" ", "")));
        inbox.received(new byte[] {'x'});
        assertThat(ProxyHeader.read(inbox)).isEqualTo(line + "\n");
        assertThat(inbox.available()).isEqualTo(1);
    }

    @org.junit.jupiter.api.Test
    void otherBytesAreNone() throws Exception {
        Inbox inbox = new Inbox();
        inbox.received(new byte[16]);
        assertThat(ProxyHeader.read(inbox)).isEqualTo("none\n");
    }
}
