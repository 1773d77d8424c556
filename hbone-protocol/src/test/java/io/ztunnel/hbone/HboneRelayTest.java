package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Connections of applications through two relays and the tunnel between them. */
@Timeout(120)
@ExtendWith(LeakFree.class)
class HboneRelayTest {
    private static final int MIB = 1 << 20;

    private HboneRelay mesh;

    @BeforeEach
    void open() throws Exception {
        mesh = new HboneRelay(HboneSettings.DEFAULTS);
    }

    @AfterEach
    void nothingIsLeftBehind() throws Exception {
        mesh.close();
        assertThat(mesh.clientMemory.used()).as("memory of the client's side").isZero();
        assertThat(mesh.serverMemory.used()).as("memory of the server's side").isZero();
    }

    private RecordingObserver outbound() throws InterruptedException {
        return HboneRelay.next(mesh.outbound).observer();
    }

    private RecordingObserver inbound() throws InterruptedException {
        return HboneRelay.next(mesh.inbound).observer();
    }

    private static void assertSuccess(RecordingObserver observer, long received, long sent)
            throws InterruptedException {
        observer.await();
        assertThat(observer.error).isNull();
        assertThat(observer.received).isEqualTo(received);
        assertThat(observer.sent).isEqualTo(sent);
    }

    private static CompletableFuture<String> digestLater(Socket socket) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Payload.digest(socket);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                command -> new Thread(command, "reader").start());
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void hangUp(Socket socket) throws IOException {
        socket.close();
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Test
    void tenMebibytesBothWaysArriveAsTheyWereSent() throws Exception {
        byte[] question = Payload.random(1, 10 * MIB);
        byte[] answer = Payload.random(2, 10 * MIB);
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            CompletableFuture<Void> asking = Payload.send(client, question);
            CompletableFuture<Void> answering = Payload.send(app, answer);
            CompletableFuture<String> atApp = digestLater(app);

            assertThat(Payload.digest(client)).isEqualTo(Payload.digest(answer));
            assertThat(atApp.get(30, TimeUnit.SECONDS)).isEqualTo(Payload.digest(question));
            asking.join();
            answering.join();
            assertSuccess(outbound(), 10 * MIB, 10 * MIB);
            assertSuccess(inbound(), 10 * MIB, 10 * MIB);
        }
    }

    @Test
    void sixtyFourConnectionsOfOneTunnelKeepTheirBytesApart() throws Exception {
        int count = 64;
        int size = 256 << 10;
        Map<Integer, String> answers = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> apps = new ArrayList<>();
        List<CompletableFuture<Void>> asking = new ArrayList<>();
        List<CompletableFuture<String>> answered = new ArrayList<>();
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Socket client = mesh.dial();
            clients.add(client);
            byte[] question = Payload.random(i, size);
            question[0] = (byte) i;
            asking.add(Payload.send(client, question));
            answered.add(digestLater(client));
            Socket app = mesh.accept();
            // The application answers with what it was asked, turned round.
            apps.add(
                    CompletableFuture.runAsync(
                            () -> {
                                try (app) {
                                    byte[] asked = app.getInputStream().readAllBytes();
                                    byte[] answer = new byte[asked.length];
                                    for (int at = 0; at < asked.length; at++) {
                                        answer[at] = asked[asked.length - 1 - at];
                                    }
                                    answers.put((int) asked[0], Payload.digest(answer));
                                    app.getOutputStream().write(answer);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            },
                            command -> new Thread(command, "app").start()));
        }
        for (int i = 0; i < count; i++) {
            asking.get(i).join();
            String seen = answered.get(i).get(60, TimeUnit.SECONDS);
            apps.get(i).join();
            assertSuccess(outbound(), size, size);
            assertSuccess(inbound(), size, size);
            hangUp(clients.get(i));
            assertThat(seen).isIn(answers.values());
        }
        for (int i = 0; i < count; i++) {
            assertThat(answered.get(i).join()).isEqualTo(answers.get(i));
        }
        assertThat(mesh.tunnels).hasSize(1);
    }

    @Test
    void aClientThatSaysEndFirstStillReceivesEverything() throws Exception {
        byte[] answer = Payload.random(3, 10 * MIB);
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            write(client, "question");
            client.shutdownOutput();
            assertThat(readAll(app)).isEqualTo("question");
            CompletableFuture<Void> answering = Payload.send(app, answer);
            assertThat(Payload.digest(client)).isEqualTo(Payload.digest(answer));
            answering.join();
            assertSuccess(outbound(), 8, answer.length);
            assertSuccess(inbound(), 8, answer.length);
        }
    }

    @Test
    void anAppThatSaysEndFirstStillReceivesEverything() throws Exception {
        byte[] question = Payload.random(4, 10 * MIB);
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            write(app, "enough");
            app.shutdownOutput();
            assertThat(readAll(client)).isEqualTo("enough");
            CompletableFuture<Void> asking = Payload.send(client, question);
            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(question));
            asking.join();
            assertSuccess(outbound(), question.length, 6);
            assertSuccess(inbound(), question.length, 6);
        }
    }

    @Test
    void anAppThatResetsEndsTheClientsInputAndLeavesNothingOpen() throws Exception {
        try (Socket client = mesh.dial()) {
            Socket app = mesh.accept();
            write(client, "question");
            assertThat(app.getInputStream().readNBytes(8)).hasSize(8);
            write(app, "half an ans");
            assertThat(client.getInputStream().readNBytes(11)).hasSize(11);
            reset(app);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            // What the client still says has nowhere to go, and it gets to know.
            CompletableFuture<Void> more = Payload.send(client, new byte[32 * MIB]);
            RecordingObserver outbound = outbound();
            outbound.await();
            RecordingObserver inbound = inbound();
            inbound.await();
            assertThat(inbound.error).isNull();
            assertThat(inbound.sent).isEqualTo(11);
            assertThat(outbound.sent).isEqualTo(11);
            await().until(more::isDone);
        }
    }

    @Test
    void aClientThatResetsIsAnEndOfDataForTheApp() throws Exception {
        Socket client = mesh.dial();
        try (Socket app = mesh.accept()) {
            write(client, "question");
            assertThat(app.getInputStream().readNBytes(8)).hasSize(8);
            reset(client);
            assertThat(app.getInputStream().read()).isEqualTo(-1);
            hangUp(app);
            assertSuccess(outbound(), 8, 0);
            assertSuccess(inbound(), 8, 0);
        }
    }

    @Test
    void aSlowReaderHoldsAWindowAndGetsEverything() throws Exception {
        byte[] question = Payload.random(5, 32 * MIB);
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            CompletableFuture<Void> asking = Payload.send(client, question);
            int window = HboneSettings.DEFAULTS.streamWindow();
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    mesh.serverMemory.used()
                                            > HboneSettings.DEFAULTS.firstStreamWindow() / 2);

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(question));
            asking.join();
            hangUp(app);
            assertSuccess(outbound(), question.length, 0);
            assertSuccess(inbound(), question.length, 0);
            assertThat(mesh.serverMemory.peak()).isLessThan(window + 2L * MIB);
            assertThat(mesh.clientMemory.peak()).isLessThan(3L * MIB);
        }
    }

    @Test
    void anAbortOfTheInboundSideCutsBothConnections() throws Exception {
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            write(client, "question");
            assertThat(app.getInputStream().readNBytes(8)).hasSize(8);
            CompletableFuture<String> atApp = digestLater(app);
            HboneRelay.Half inbound = HboneRelay.next(mesh.inbound);
            IOException policy = new IOException("policy");
            inbound.relay().abort(policy);
            inbound.observer().await();
            assertThat(inbound.observer().error).isSameAs(policy);
            // A cut stream is a clean end of data to the client, but its record knows better.
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            hangUp(client);
            RecordingObserver outbound = outbound();
            outbound.await();
            assertThat(outbound.error)
                    .hasMessage("while closing connection: send: io error: broken pipe");
            atApp.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void anAbortInMidTransferLeavesNothingBehind() throws Exception {
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            CompletableFuture<Void> asking = Payload.send(client, new byte[32 * MIB]);
            await().atMost(Duration.ofSeconds(30)).until(() -> mesh.serverMemory.used() > MIB);
            HboneRelay.Half outbound = HboneRelay.next(mesh.outbound);
            outbound.relay().abort(new IOException("policy"));
            outbound.observer().await();
            // What had arrived is still the app's.
            app.getInputStream().readAllBytes();
            hangUp(app);
            inbound().await();
            await().until(asking::isDone);
        }
    }

    @Test
    void theLossOfTheTunnelEndsItsConnectionsAndTheNextOneGetsAnother() throws Exception {
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            write(client, "question");
            assertThat(app.getInputStream().readNBytes(8)).hasSize(8);
            Channel lost = HboneRelay.next(mesh.tunnels).channel();
            lost.pipeline().firstContext().close();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            hangUp(client);
            RecordingObserver outbound = outbound();
            outbound.await();
            assertThat(outbound.error)
                    .hasMessage("while closing connection: send: io error: broken pipe");
            assertThat(outbound.received).isEqualTo(8);
        }
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            write(client, "again");
            client.shutdownOutput();
            assertThat(readAll(app)).isEqualTo("again");
        }
    }

    /** RFC 9113 leaves it to us to notice: the kernel would try for a quarter of an hour. */
    @Test
    void aTunnelThatCanNoLongerBeWrittenDiesOfSilence() throws Exception {
        HboneSettings d = HboneSettings.DEFAULTS;
        HboneSettings alert =
                new HboneSettings(
                        d.streamWindow(),
                        d.connectionWindow(),
                        d.maxFrameSize(),
                        d.maxConcurrentStreams(),
                        d.maxStreamsPerTunnel(),
                        d.idleTimeout(),
                        d.connectTimeout(),
                        d.handshakeTimeout(),
                        Duration.ofMillis(500),
                        Duration.ofMillis(500));
        mesh.close();
        mesh = new HboneRelay(alert);
        try (Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            InboundTunnel tunnel = HboneRelay.next(mesh.tunnels);
            // The server's side goes deaf: pings of either side stay without an answer.
            tunnel.channel().config().setAutoRead(false);
            CompletableFuture<Void> asking = Payload.send(client, new byte[32 * MIB]);
            RecordingObserver outbound = outbound();
            outbound.await();
            assertThat(outbound.error)
                    .hasMessage("while closing connection: send: io error: broken pipe");
            await().until(asking::isDone);
            hangUp(app);
            inbound().await();
        }
    }
}
