package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Long connections between two sockets, over the kernel's loopback. */
@Timeout(60)
@ExtendWith(LeakFree.class)
class PipedInputTest {
    private static final int MIB = 1 << 20;

    /** Enough that both directions have their pipe. */
    private static final int LONG = 4 * MIB;

    @AfterEach
    void noPipeIsLeft() {
        await().atMost(Duration.ofSeconds(10)).until(() -> PipedInput.openPipes() == 0);
    }

    @Test
    void aLongTransferGoesThroughAPipeAndPastOurMemory() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            byte[] payload = Payload.random(1, 64 * MIB);
            CompletableFuture<Void> sent = Payload.send(relay.client(), payload);
            byte[] first = app.getInputStream().readNBytes(8 * MIB);
            assertThat(PipedInput.openPipes()).isEqualTo(1);
            long copied = relay.allocator.used();

            byte[] rest = app.getInputStream().readAllBytes();
            sent.join();

            assertThat(Payload.digest(concat(first, rest))).isEqualTo(Payload.digest(payload));
            assertThat(relay.allocator.used()).isLessThanOrEqualTo(copied);
            app.shutdownOutput();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.observer.received).isEqualTo(payload.length);
        }
    }

    @Test
    void questionsAndAnswersGoOnThroughThePipes() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            openBothWays(relay, app);
            for (int size : new int[] {1, 100, 5_000, 200_000, 1, 3 * MIB, 7}) {
                exchange(relay.client(), app, Payload.random(size, size));
                exchange(app, relay.client(), Payload.random(size + 1, size));
            }
            relay.client().shutdownOutput();
            assertThat(app.getInputStream().read()).isEqualTo(-1);
            exchange(app, relay.client(), Payload.random(9, MIB));
            app.shutdownOutput();
            assertThat(relay.client().getInputStream().read()).isEqualTo(-1);
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
        }
    }

    @Test
    void aReaderThatStandsStillHoldsOnePipeAndGetsEverything() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            openBothWays(relay, app);
            long before = relay.observer.received;
            byte[] payload = Payload.random(3, 64 * MIB);
            CompletableFuture<Void> sent = Payload.send(relay.client(), payload);
            awaitStandstill(relay.client());
            assertThat(sent).isNotDone();

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(payload));
            sent.join();
            app.shutdownOutput();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.observer.received - before).isEqualTo(payload.length);
        }
    }

    @Test
    void whatAPeerSentBeforeItsResetArrives() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            openBothWays(relay, app);
            byte[] last = Payload.random(4, MIB / 2);
            relay.client().getOutputStream().write(last);
            awaitDelivered(relay.client());
            reset(relay.client());

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(last));
            app.shutdownOutput();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
        }
    }

    @Test
    void anAppThatResetsWithAFullPipeEndsTheConnectionAndIsNoError() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            openBothWays(relay, app);
            CompletableFuture<Void> sent =
                    Payload.send(relay.client(), Payload.random(5, 64 * MIB));
            awaitStandstill(relay.client());
            reset(app);

            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            await().atMost(Duration.ofSeconds(10)).until(sent::isCompletedExceptionally);
        }
    }

    @Test
    void anAbortIsSeenAtOnceByBothPeersAlthoughAPipeIsFull() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.toApp();
                Socket app = relay.accept()) {
            openBothWays(relay, app);
            CompletableFuture<Void> sent =
                    Payload.send(relay.client(), Payload.random(6, 64 * MIB));
            awaitStandstill(relay.client());
            relay.relay().abort(new IOException("policy"));

            relay.observer.await();
            assertThat(relay.observer.error).hasMessage("policy");
            await().atMost(Duration.ofSeconds(10)).until(sent::isCompletedExceptionally);
            drain(app);
        }
    }

    @Test
    void descriptorsComeBack() throws Exception {
        long before = 0;
        for (int i = 0; i < 4; i++) {
            try (LoopbackRelay relay = LoopbackRelay.toApp();
                    Socket app = relay.accept()) {
                openBothWays(relay, app);
            }
            noPipeIsLeft();
            // The first one opens files of the JVM and of Netty as well.
            before = i == 0 ? openDescriptors() : before;
        }
        long base = before;
        await().atMost(Duration.ofSeconds(10)).until(() -> openDescriptors() <= base);
    }

    @Test
    void whoComesWhenAllPipesAreTakenIsCopied() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        try {
            for (int pipes = 0; pipes < PipedInput.MOST_PIPES; pipes += 2) {
                LoopbackRelay relay = LoopbackRelay.toApp();
                open.add(relay);
                Socket app = relay.accept();
                open.add(app);
                openBothWays(relay, app);
            }
            try (LoopbackRelay late = LoopbackRelay.toApp();
                    Socket app = late.accept()) {
                exchange(late.client(), app, Payload.random(7, LONG));
                exchange(late.client(), app, Payload.random(8, LONG));
                assertThat(PipedInput.openPipes()).isEqualTo(PipedInput.MOST_PIPES);
            }
        } finally {
            for (AutoCloseable closeable : open) {
                closeable.close();
            }
        }
    }

    private static void openBothWays(LoopbackRelay relay, Socket app) throws IOException {
        int before = PipedInput.openPipes();
        exchange(relay.client(), app, Payload.random(10, LONG));
        exchange(app, relay.client(), Payload.random(11, LONG));
        await().atMost(Duration.ofSeconds(10)).until(() -> PipedInput.openPipes() == before + 2);
    }

    private static void exchange(Socket from, Socket to, byte[] bytes) throws IOException {
        CompletableFuture<Void> sent =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                from.getOutputStream().write(bytes);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        command -> new Thread(command, "sender").start());
        byte[] received = to.getInputStream().readNBytes(bytes.length);
        sent.join();
        assertThat(Payload.digest(received)).isEqualTo(Payload.digest(bytes));
    }

    /** The sender's queue has not moved for a while, and is not empty. */
    private static void awaitStandstill(Socket sender) {
        long[] last = {0};
        int[] same = {0};
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> {
                            long now = LoopbackRelay.unacknowledged(sender);
                            same[0] = now > 0 && now == last[0] ? same[0] + 1 : 0;
                            last[0] = now;
                            return same[0] == 10;
                        });
    }

    private static void awaitDelivered(Socket sender) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> LoopbackRelay.unacknowledged(sender) == 0);
    }

    private static void drain(Socket socket) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = socket.getInputStream();
            while (in.read(buffer) >= 0) {}
        } catch (IOException reset) {
            // As good as an end.
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.close();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
