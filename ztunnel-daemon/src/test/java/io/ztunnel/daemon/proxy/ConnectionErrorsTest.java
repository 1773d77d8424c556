package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.redirection.PodInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.concurrent.CompletionException;

class ConnectionErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONNECT_TIMEOUT   | NETWORK_POLICY    | NETWORK_POLICY       |"
                        + " connection timed out, maybe a NetworkPolicy is blocking HBONE port"
                        + " 15008: why",
                "CONNECT           | IO                | CONNECT              | io error: why",
                "TLS               | IO                | CONNECT              | io error: why",
                "CERTIFICATE       | IDENTITY          | IDENTITY_ERROR       |"
                        + " identity error: why",
                "TLS_CONFIGURATION | TLS_CONFIGURATION | TLS_FAILURE          | tls error: why",
                "HTTP2             | HTTP2             | H2_HANDSHAKE_FAILURE | h2 failed: why",
                "RESET             | HTTP2             | H2_HANDSHAKE_FAILURE | h2 failed: why",
                "DRAINING          | POOL_DRAINING     | CONNECT              | pool draining"
            })
    void aTunnelsFailureHasTextFlagAndCode(
            HboneException.Code code, ConnectionError.Kind kind, String flag, String text) {
        ConnectionError error = ConnectionErrors.of(HboneException.of(code, "why", null));
        assertThat(error.text()).isEqualTo(text);
        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.flag().name()).isEqualTo(flag);
    }

    @Test
    void whatIsWrappedIsUnwrapped() {
        Throwable cause = new CompletionException(HboneException.status(503));
        assertThat(ConnectionErrors.of(cause).text())
                .isEqualTo("http status: 503 Service Unavailable");
    }

    @Test
    void otherFailuresAreIoErrors() {
        assertThat(ConnectionErrors.of(new IOException("no more")).text())
                .isEqualTo("io error: no more");
    }

    @Test
    void aPodIsNamedAsTheReferenceNamesIt() {
        PodInfo pod = new PodInfo("uid", "web-1", "shop", "web");
        assertThat(ConnectionErrors.unknownSource(pod).text()).endsWith(": web.shop (web-1)");
    }
}
