package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;

import org.junit.jupiter.api.Test;

class OutgoingTest {
    @Test
    void whatConcernsOneConnectionIsNotPassedOn() {
        HttpHeaders headers =
                new DefaultHttpHeaders()
                        .add("connection", "close, X-Mine")
                        .add("x-mine", "1")
                        .add("keep-alive", "5")
                        .add("upgrade", "h2c")
                        .add("http2-settings", "x")
                        .add("te", "gzip, trailers")
                        .add("x-http2-stream-id", "3")
                        .add("x-http2-scheme", "https")
                        .add("x-yours", "2");

        Outgoing.withoutHops(headers);

        assertThat(headers.names()).containsExactlyInAnyOrder("te", "x-yours");
        assertThat(headers.get("te")).isEqualTo("trailers");
    }

    /** Otherwise a client could have a request end elsewhere for the endpoint than for us. */
    @Test
    void howAMessageIsFramedIsNoMatterOfItsConnection() {
        HttpHeaders headers =
                new DefaultHttpHeaders()
                        .add("connection", "content-length, transfer-encoding, host")
                        .add("content-length", "5")
                        .add("transfer-encoding", "chunked")
                        .add("host", "a");

        Outgoing.withoutHops(headers);

        assertThat(headers.names())
                .containsExactlyInAnyOrder("content-length", "transfer-encoding", "host");
    }
}
