package io.ztunnel.sandbox.conformance.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

class TrafficTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final AtomicInteger accepted = new AtomicInteger();
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        server =
                ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** Sends back all that comes but the last so many bytes. */
    private void echo(int missing) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    echoOne(missing);
                                }
                            } catch (IOException closed) {
                                // The test is over.
                            }
                        });
    }

    private void echoOne(int missing) throws IOException {
        try (SocketChannel channel = server.accept()) {
            accepted.incrementAndGet();
            byte[] all = channel.socket().getInputStream().readAllBytes();
            channel.write(ByteBuffer.wrap(all, 0, all.length - missing));
        }
    }

    private Traffic start(int rate, int count) {
        return Traffic.start(
                () -> SocketChannel.open(server.getLocalAddress()),
                new Traffic.Plan(2, rate, count, 10));
    }

    @Test
    void whatIsPlannedIsMade() throws IOException {
        echo(0);
        Traffic.Outcome outcome = start(0, 20).await(LIMIT);
        assertThat(outcome.made()).isEqualTo(20).isEqualTo(accepted.get());
        assertThat(outcome.isClean()).isTrue();
    }

    @Test
    void aRateIsKeptUntilTheEnd() throws IOException {
        echo(0);
        long start = System.nanoTime();
        Traffic traffic = start(100, 0);
        await().until(() -> accepted.get() >= 20);
        Traffic.Outcome outcome = traffic.end();
        long tookMillis = (System.nanoTime() - start) / 1_000_000;
        assertThat(outcome.isClean()).isTrue();
        assertThat(outcome.made()).isEqualTo(accepted.get());
        // The twentieth is due after 190 ms.
        assertThat(tookMillis).isGreaterThanOrEqualTo(190);
    }

    @Test
    void bytesThatDoNotComeBackAreLost() throws IOException {
        echo(1);
        Traffic.Outcome outcome = start(0, 5).await(LIMIT);
        assertThat(outcome.isClean()).isFalse();
        assertThat(outcome.lost()).isEqualTo(5);
        assertThat(outcome.made()).isZero();
        assertThat(outcome.examples()).hasSize(3).allMatch(e -> e.endsWith("gets back 9 of 10"));
    }

    @Test
    void aConnectThatFailsIsRefused() throws IOException {
        Traffic.Outcome outcome =
                Traffic.start(
                                () -> {
                                    throw new IOException("Connection refused");
                                },
                                new Traffic.Plan(1, 0, 4, 10))
                        .await(LIMIT);
        assertThat(outcome.refused()).isEqualTo(4);
        assertThat(outcome.isClean()).isFalse();
        assertThat(outcome.examples().getFirst()).contains("connect: Connection refused");
    }
}
