package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Two sockets of the kernel with a relay between them. */
@Timeout(60)
final class ChannelEndTest {
    private static final int LARGE = 10 << 20;

    @Test
    void tenMebibytesBothWaysArriveAsTheyWereSent() throws Exception {
        byte[] question = Payload.random(1, LARGE);
        byte[] answer = Payload.random(2, LARGE);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            CompletableFuture<Void> asking = Payload.send(relay.client(), question);
            CompletableFuture<Void> answering = Payload.send(app, answer);
            CompletableFuture<String> atApp = digestLater(app);

            assertThat(Payload.digest(relay.client())).isEqualTo(Payload.digest(answer));
            assertThat(atApp.get(20, TimeUnit.SECONDS)).isEqualTo(Payload.digest(question));
            asking.join();
            answering.join();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.observer.received).isEqualTo(LARGE);
            assertThat(relay.observer.sent).isEqualTo(LARGE);
            assertThat(relay.allocator.used()).isZero();
        }
    }

    @Test
    void aClientThatHasResetBeforeAnybodyListenedIsGoneForTheRelayToo() throws Exception {
        CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
        var loops = new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
        try {
            Channel listener =
                    new ServerBootstrap()
                            .group(loops)
                            .channel(EpollServerSocketChannel.class)
                            .childHandler(
                                    new ChannelInitializer<SocketChannel>() {
                                        @Override
                                        protected void initChannel(SocketChannel channel) {
                                            ChannelEnd.prepare(channel);
                                            accepted.complete(channel);
                                        }
                                    })
                            .bind(InetAddress.getLoopbackAddress(), 0)
                            .sync()
                            .channel();
            try (Socket client = new Socket()) {
                client.connect(listener.localAddress());
                SocketChannel channel = accepted.get(20, TimeUnit.SECONDS);
                await().until(channel::isActive);
                reset(client);
                await().until(channel::isInputShutdown);
                FakeEnd server = new FakeEnd(channel.eventLoop());
                var observer = new RecordingObserver();
                channel.eventLoop()
                        .submit(() -> Relay.start(new ChannelEnd(channel), server, observer))
                        .sync();
                await().until(
                                () ->
                                        channel.eventLoop()
                                                .submit(server::isFinished)
                                                .get(20, TimeUnit.SECONDS));
                channel.eventLoop().submit(server::end).sync();
                observer.await();
                assertThat(observer.error).isNull();
                assertThat(channel.isOpen()).isFalse();
            }
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aQueuedWriteCountsWithTheWholeBufferThatItsBytesAreIn() {
        EpollSocketChannel channel = new EpollSocketChannel();
        ByteBuf one = Unpooled.buffer(2048, 2048).writeByte('x');
        try {
            ChannelEnd.prepare(channel);
            var sizes = channel.config().getMessageSizeEstimator().newHandle();
            assertThat(sizes.size(one)).isEqualTo(2048);
            assertThat(sizes.size("something else")).isPositive();
        } finally {
            one.release();
            channel.unsafe().closeForcibly();
        }
    }

    @Test
    void aClientThatSaysEndFirstStillReceivesEverything() throws Exception {
        byte[] answer = Payload.random(3, LARGE);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            relay.client().getOutputStream().write("question".getBytes(StandardCharsets.US_ASCII));
            relay.client().shutdownOutput();
            assertThat(app.getInputStream().readAllBytes())
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("question");
            // The client reads nothing yet: the relay's writes have to wait for the socket.
            CompletableFuture<Void> answering = Payload.send(app, answer);
            await().until(() -> relay.allocator.used() > 32 << 10);

            assertThat(Payload.digest(relay.client())).isEqualTo(Payload.digest(answer));
            answering.join();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.observer.sent).isEqualTo(LARGE);
        }
    }

    @Test
    void anAppThatSaysEndFirstStillReceivesEverything() throws Exception {
        byte[] question = Payload.random(4, LARGE);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            app.getOutputStream().write("enough".getBytes(StandardCharsets.US_ASCII));
            app.shutdownOutput();
            assertThat(relay.client().getInputStream().readAllBytes())
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("enough");
            CompletableFuture<Void> asking = Payload.send(relay.client(), question);
            await().until(() -> relay.allocator.used() > 32 << 10);

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(question));
            asking.join();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.observer.received).isEqualTo(LARGE);
        }
    }

    @Test
    void aSlowReaderHoldsBoundedMemoryAndGetsTheTail() throws Exception {
        byte[] question = Payload.random(5, 4 * LARGE);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            // Several MiB and then FIN wait in the relay's receive buffer while nobody reads.
            CompletableFuture<Void> asking = Payload.send(relay.client(), question);
            await().until(() -> relay.allocator.used() > 32 << 10);

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(question));
            asking.join();
            hangUp(app);
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.allocator.peak()).isLessThanOrEqualTo((512 + 2 * 128) << 10);
        }
    }

    @Test
    void singleBytesForAReaderThatStandsStillCostLittleMoreThanTheirSize() throws Exception {
        CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
        CompletableFuture<FakeEnd> upstream = new CompletableFuture<>();
        try (LoopbackRelay relay =
                LoopbackRelay.to(
                        channel -> {
                            FakeEnd end = new FakeEnd(channel.eventLoop());
                            upstream.complete(end);
                            accepted.complete(channel);
                            return end;
                        })) {
            SocketChannel channel = accepted.get(20, TimeUnit.SECONDS);
            FakeEnd peer = upstream.get(20, TimeUnit.SECONDS);
            AtomicInteger before = new AtomicInteger();
            channel.eventLoop()
                    .submit(
                            () -> {
                                for (; channel.isWritable(); before.addAndGet(64 << 10)) {
                                    peer.send("x".repeat(64 << 10));
                                    peer.readComplete();
                                }
                                for (int i = 0; i < 100_000; i++) {
                                    peer.send(i % 2 == 0 ? "y" : "z");
                                    if (i % 100 == 0) {
                                        peer.readComplete();
                                    }
                                }
                                assertThat(channel.unsafe().outboundBuffer().size())
                                        .as("buffers that wait")
                                        .isLessThan(100);
                                peer.end();
                            })
                    .sync();

            InputStream in = relay.client().getInputStream();
            in.skipNBytes(before.get());
            assertThat(in.readAllBytes())
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("yz".repeat(50_000));
            relay.client().shutdownOutput();
            relay.observer.await();
            assertThat(relay.observer.sent).isEqualTo(before.get() + 100_000);
        }
    }

    @Test
    void aPausedRelayThatGetsTheClientsEndStillDeliversTheTail() throws Exception {
        byte[] question = Payload.random(6, LARGE);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            relay.client().setSendBufferSize(4 << 20);
            // All of it, with the FIN, leaves the client before the app reads a byte.
            Payload.send(relay.client(), question).join();
            await().until(() -> relay.allocator.used() > 32 << 10);

            assertThat(Payload.digest(app)).isEqualTo(Payload.digest(question));
            assertThat(relay.allocator.peak()).isLessThanOrEqualTo((512 + 2 * 128) << 10);
        }
    }

    @Test
    void aResetOfTheClientReachesTheAppAsAnEndOfData() throws Exception {
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            relay.client().getOutputStream().write(1);
            assertThat(app.getInputStream().read()).isEqualTo(1);
            reset(relay.client());

            assertThat(app.getInputStream().read()).isEqualTo(-1);
            hangUp(app);
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
        }
    }

    @Test
    void whatAPeerSentBeforeItsResetIsDeliveredEvenFromAPause() throws Exception {
        byte[] sent = new byte[200_000];
        Arrays.fill(sent, (byte) 'x');
        CompletableFuture<FakeEnd> stalled = new CompletableFuture<>();
        try (LoopbackRelay relay =
                LoopbackRelay.to(
                        channel -> {
                            FakeEnd end = new FakeEnd(channel.eventLoop());
                            end.stall();
                            stalled.complete(end);
                            return end;
                        })) {
            relay.client().getOutputStream().write(sent);
            FakeEnd end = stalled.get(20, TimeUnit.SECONDS);
            await().until(() -> end.eventLoop().submit(() -> end.calls.contains("flush")).get());
            await().until(() -> LoopbackRelay.unacknowledged(relay.client()) == 0);
            reset(relay.client());

            end.eventLoop().submit(end::drain).sync();
            await().until(() -> end.eventLoop().submit(() -> end.calls.contains("finish")).get());
            assertThat(end.delivered).hasSize(sent.length);
            end.eventLoop().submit(end::end).sync();
            relay.observer.await();
            assertThat(relay.observer.error).isNull();
        }
    }

    @Test
    void anUploadToAnAppThatResetsIsNoErrorAndLeavesNothingBehind() throws Exception {
        byte[] answer = Payload.random(8, 300_000);
        try (LoopbackRelay relay = LoopbackRelay.copyingToApp();
                Socket app = relay.accept()) {
            CompletableFuture<Void> uploading =
                    Payload.send(relay.client(), new byte[32 << 20]).exceptionally(e -> null);
            // Writes to the app have to wait when it resets by closing with unread data.
            await().until(() -> relay.allocator.used() > 32 << 10);
            app.getOutputStream().write(answer);
            assertThat(relay.client().getInputStream().readNBytes(answer.length)).isEqualTo(answer);
            hangUp(app);

            relay.observer.await();
            assertThat(relay.observer.error).isNull();
            assertThat(relay.allocator.used()).isZero();
            uploading.join();
        }
    }

    @Test
    void aConnectionRefusedWithUnreadDataIsReset() throws Exception {
        CompletableFuture<ChannelEnd> accepted = new CompletableFuture<>();
        try (LoopbackRelay relay =
                LoopbackRelay.to(
                        channel -> {
                            accepted.complete(channel.pipeline().get(ChannelEnd.class));
                            return new FakeEnd(channel.eventLoop()).closesLate();
                        })) {
            ChannelEnd end = accepted.get(20, TimeUnit.SECONDS);
            end.eventLoop().submit(end::pauseReading).sync();
            relay.client().getOutputStream().write(new byte[100]);
            end.eventLoop().execute(end::abort);

            assertThatThrownBy(() -> relay.client().getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void aPausedAndResetConnectionDoesNotKeepTheLoopSpinning() throws Exception {
        CompletableFuture<ChannelEnd> accepted = new CompletableFuture<>();
        try (LoopbackRelay relay =
                LoopbackRelay.to(
                        channel -> {
                            accepted.complete(channel.pipeline().get(ChannelEnd.class));
                            return new FakeEnd(channel.eventLoop()).closesLate();
                        })) {
            ChannelEnd end = accepted.get(20, TimeUnit.SECONDS);
            end.eventLoop().submit(end::pauseReading).sync();
            relay.client().getOutputStream().write(new byte[100]);
            reset(relay.client());

            Thread loop = end.eventLoop().submit(Thread::currentThread).get();
            long before = cpuNanos(loop);
            await().during(300, TimeUnit.MILLISECONDS)
                    .until(() -> cpuNanos(loop) - before < TimeUnit.MILLISECONDS.toNanos(150));
        }
    }

    @Test
    void aConnectionThatWasClosedBeforeItsRelayCompletesIt() throws Exception {
        var loops = new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
        RecordingObserver observer = new RecordingObserver();
        try {
            EpollSocketChannel channel = new EpollSocketChannel();
            ChannelEnd.prepare(channel);
            loops.register(channel).syncUninterruptibly();
            channel.close().syncUninterruptibly();
            FakeEnd client = new FakeEnd(channel.eventLoop());
            channel.eventLoop()
                    .submit(() -> Relay.start(client, new ChannelEnd(channel), observer))
                    .sync();
            channel.eventLoop().submit(client::end).sync();
            observer.await();
            assertThat(observer.error).isNull();
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void aLoopThatWouldCutResponsesIsRefused() {
        var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            EpollSocketChannel channel = new EpollSocketChannel();
            ChannelEnd.prepare(channel);
            loops.register(channel).syncUninterruptibly();
            assertThatThrownBy(() -> new ChannelEnd(channel))
                    .isInstanceOf(IllegalArgumentException.class);
            channel.close().syncUninterruptibly();
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static long cpuNanos(Thread thread) {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId());
    }

    private static void hangUp(Socket socket) throws IOException {
        socket.close();
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
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
}
