package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.ztunnel.xds.XdsListener.Termination;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;

import javax.net.ssl.SSLHandshakeException;

class StreamEndTest {
    @ParameterizedTest
    @CsvSource({
        "OK, '', COMPLETE",
        "UNKNOWN, 'not ready', RECONNECT",
        "CANCELLED, '', RECONNECT",
        "DEADLINE_EXCEEDED, '', RECONNECT",
        "UNAVAILABLE, 'transport is closing', RECONNECT",
        "UNAVAILABLE, 'Connection closed after GOAWAY. debug data: max_age', RECONNECT",
        "UNAVAILABLE, 'Network closed for unknown reason', RECONNECT",
        "UNAVAILABLE, 'overloaded', ERROR",
        "RESOURCE_EXHAUSTED, 'message too large', ERROR",
        "PERMISSION_DENIED, '', ERROR",
        "INTERNAL, '', ERROR",
    })
    void anEstablishedStreamEndsBy(Status.Code code, String text, Termination reason) {
        StreamEnd end = StreamEnd.of(code.toStatus().withDescription(text), true, true);
        assertThat(end.reason()).isEqualTo(reason);
    }

    @Test
    void withoutHeadersEveryEndIsAConnectionError() {
        for (Status.Code code : Status.Code.values()) {
            assertThat(StreamEnd.of(code.toStatus(), false, false).reason())
                    .isEqualTo(Termination.CONNECTION_ERROR);
        }
    }

    @Test
    void aLostConnectionIsARetryAndAnUnreadableMessageAnError() {
        assertThat(
                        StreamEnd.of(
                                        Status.UNAVAILABLE.withCause(new IOException("reset")),
                                        true,
                                        true)
                                .reason())
                .isEqualTo(Termination.RECONNECT);
        assertThat(
                        StreamEnd.of(
                                        Status.CANCELLED.withCause(
                                                Status.INTERNAL.asRuntimeException()),
                                        true,
                                        true)
                                .reason())
                .isEqualTo(Termination.ERROR);
    }

    @Test
    void saysWhichStageFailedAndWhatToLookAt() {
        assertThat(detail(new UnknownHostException("istiod"))).contains("resolved", "XDS_ADDRESS");
        assertThat(detail(new ConnectException("refused"))).contains("no TCP connection");
        assertThat(detail(new SSLHandshakeException("bad chain")))
                .contains("bad chain", "XDS_ROOT_CA");
        assertThat(StreamEnd.of(Status.UNAUTHENTICATED, false, false).detail()).contains("token");
    }

    private static String detail(Exception cause) {
        return StreamEnd.of(
                        Status.UNAVAILABLE.withDescription("io exception").withCause(cause),
                        false,
                        false)
                .detail();
    }
}
