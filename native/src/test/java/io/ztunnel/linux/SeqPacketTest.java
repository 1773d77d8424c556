package io.ztunnel.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class SeqPacketTest {
    private static final int MAX = 64;
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @TempDir private Path directory;
    private SeqPacketServer server;
    private SeqPacketSocket client;
    private SeqPacketSocket peer;

    @BeforeEach
    void connect() throws IOException {
        server = SeqPacketServer.listen(directory.resolve("z.sock"), MAX);
        client = SeqPacketSocket.connect(server.path(), MAX, LIMIT);
        peer = Objects.requireNonNull(server.accept(LIMIT, LIMIT));
    }

    @AfterEach
    void close() {
        client.close();
        peer.close();
        server.close();
    }

    @Test
    void recordsKeepTheirBounds() throws IOException {
        client.send(bytes("one"));
        client.send(bytes("two!"));

        assertThat(text(packet(peer))).isEqualTo("one");
        assertThat(text(packet(peer))).isEqualTo("two!");
        peer.send(bytes("back"));
        assertThat(text(packet(client))).isEqualTo("back");
    }

    @Test
    void descriptorsPassInBothDirectionsInOrder() throws IOException {
        try (var home = NetworkNamespace.current();
                var other = NetworkNamespace.open(Path.of("/dev/null"))) {
            client.send(bytes("x"), home.fd(), other.fd());
            passedOn(packet(peer), home, other);
            peer.send(bytes("y"), other.fd(), home.fd());
            passedOn(packet(client), other, home);
        }
    }

    private static void passedOn(Packet packet, NetworkNamespace... expected) throws IOException {
        try (packet) {
            assertThat(packet.descriptorCount()).isEqualTo(expected.length);
            assertThat(packet.truncated()).isFalse();
            assertThat(packet.controlTruncated()).isFalse();
            for (NetworkNamespace namespace : expected) {
                try (var received = NetworkNamespace.adopt(packet.takeDescriptor())) {
                    assertThat(received.fd()).isNotEqualTo(namespace.fd());
                    assertThat(received.id()).isEqualTo(namespace.id());
                    assertThat(flags(received.fd())).as("close-on-exec").contains("2");
                }
            }
        }
    }

    /** The flags of a descriptor in octal; close-on-exec is 02000000. */
    private static String flags(int fd) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
                .filter(line -> line.startsWith("flags:"))
                .map(line -> line.replaceAll(".*0([0-7])\\d{6}$", "$1"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void tooManyDescriptorsAreReportedAndThoseThatCameAreClosed() throws IOException {
        try (var home = NetworkNamespace.current()) {
            var before = OpenDescriptors.snapshot();
            int[] many = new int[15];
            Arrays.fill(many, home.fd());
            client.send(bytes("many"), many);

            try (Packet packet = packet(peer)) {
                assertThat(packet.controlTruncated()).isTrue();
                assertThat(packet.descriptorCount())
                        .isEqualTo(SeqPacketSocket.MAX_RECEIVED_DESCRIPTORS);
                assertThat(text(packet)).isEqualTo("many");
            }
            assertThat(OpenDescriptors.snapshot()).isEqualTo(before);
        }
    }

    @Test
    void aRecordThatIsTooLongIsReportedAndItsEndIsLost() throws IOException {
        try (var wide = SeqPacketSocket.connect(server.path(), 2 * MAX, LIMIT);
                var narrow = Objects.requireNonNull(server.accept(LIMIT, LIMIT))) {
            wide.send(bytes("a".repeat(MAX)));
            wide.send(bytes("b".repeat(MAX + 1)));
            wide.send(bytes("c"));

            assertThat(packet(narrow).truncated()).isFalse();
            Packet cut = packet(narrow);
            assertThat(cut.truncated()).isTrue();
            assertThat(text(cut)).isEqualTo("b".repeat(MAX));
            assertThat(text(packet(narrow))).isEqualTo("c");
        }
    }

    @Test
    void descriptorsThatNobodyTakesAreClosed() throws IOException {
        try (var home = NetworkNamespace.current()) {
            var before = OpenDescriptors.snapshot();
            for (int i = 0; i < 100; i++) {
                client.send(bytes("x"), home.fd(), home.fd());
                packet(peer).close();
            }
            assertThat(OpenDescriptors.snapshot()).isEqualTo(before);
        }
    }

    @Test
    void shutdownReadsAsTheEndSoEmptyRecordsAreRefused() throws IOException {
        client.shutdown();

        assertThat(peer.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        assertThatThrownBy(() -> client.send(bytes("")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.send(bytes("x".repeat(MAX + 1))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void receiveKeepsItsTimeLimit() throws IOException {
        assertThat(peer.receive(Duration.ZERO)).isEqualTo(Received.Nothing.TIMED_OUT);
        long start = System.nanoTime();
        assertThat(peer.receive(Duration.ofMillis(30))).isEqualTo(Received.Nothing.TIMED_OUT);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000L);
    }

    @Test
    void shutdownWakesAWaitingReceiver() throws Exception {
        var waiting = new CountDownLatch(1);
        var result = new CompletableFuture<Received>();
        Thread.ofPlatform()
                .start(
                        () -> {
                            waiting.countDown();
                            try {
                                result.complete(peer.receive(Duration.ofMinutes(5)));
                            } catch (IOException e) {
                                result.completeExceptionally(e);
                            }
                        });
        assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
        peer.shutdown();

        assertThat(result.get(5, TimeUnit.SECONDS)).isEqualTo(Received.Nothing.END_OF_STREAM);
        peer.close();
        assertThat(peer.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        assertThatThrownBy(() -> peer.send(bytes("x"))).isInstanceOf(IOException.class);
    }

    @Test
    void closingTheServerWakesAcceptAndRemovesThePath() throws Exception {
        var waiting = new CountDownLatch(1);
        var result = new CompletableFuture<Boolean>();
        Thread.ofPlatform()
                .start(
                        () -> {
                            waiting.countDown();
                            try {
                                result.complete(
                                        server.accept(Duration.ofMinutes(5), LIMIT) == null);
                            } catch (IOException e) {
                                result.completeExceptionally(e);
                            }
                        });
        assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
        server.close();

        assertThat(result.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(server.path()).doesNotExist();
    }

    @Test
    void aSocketLeftByAnEarlierListenerIsReplacedAnythingElseIsNot() throws IOException {
        try (var next = SeqPacketServer.listen(server.path(), MAX);
                var connected = SeqPacketSocket.connect(next.path(), MAX, LIMIT)) {
            assertThat(next.accept(LIMIT, LIMIT)).isNotNull().satisfies(SeqPacketSocket::close);
            assertThat(connected.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        }
        Path file = Files.writeString(directory.resolve("file"), "mine");
        assertThatThrownBy(() -> SeqPacketServer.listen(file, MAX))
                .hasMessageContaining("is no socket");
        assertThat(file).hasContent("mine");
    }

    @Test
    void aPeerThatDoesNotReadCannotBlockTheSenderForEver() throws IOException {
        try (var impatient = SeqPacketSocket.connect(server.path(), MAX, Duration.ofMillis(20));
                var deaf = Objects.requireNonNull(server.accept(LIMIT, LIMIT))) {
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 100_000; i++) {
                                    impatient.send(bytes("x"));
                                }
                            })
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            e -> assertThat(e.errno()).isEqualTo(LinuxException.EAGAIN));
            assertThat(text(packet(deaf))).isEqualTo("x");
        }
    }

    @Test
    void pathsBeyondTheLimitOfTheKernelAreNamed() {
        Path tooLong = Path.of("/tmp/" + "x".repeat(103));

        assertThatThrownBy(() -> SeqPacketSocket.connect(tooLong, MAX, LIMIT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("1 to 107 bytes, not 108")
                .hasMessageContaining("/tmp/xxx");
        assertThatThrownBy(() -> SeqPacketServer.listen(tooLong, MAX))
                .hasMessageContaining("1 to 107 bytes");
    }

    @Test
    void aFailedConnectLeavesNothingOpen() throws IOException {
        var before = OpenDescriptors.snapshot();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(
                            () -> SeqPacketSocket.connect(directory.resolve("nobody"), MAX, LIMIT))
                    .hasMessageContaining("connect(")
                    .hasMessageContaining("No such file or directory (errno 2)");
        }
        assertThat(OpenDescriptors.snapshot()).isEqualTo(before);
    }

    private static Packet packet(SeqPacketSocket socket) throws IOException {
        return switch (socket.receive(LIMIT)) {
            case Packet packet -> packet;
            case Received.Nothing nothing -> throw new AssertionError(nothing);
        };
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static String text(Packet packet) {
        return UTF_8.decode(packet.bytes()).toString();
    }
}
