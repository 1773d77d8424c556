package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The channel between a stream and a pipeline that are both the test's own. */
final class StreamChannelTest {
    private final EmbeddedChannel time = new EmbeddedChannel();
    private final EventLoop loop = time.eventLoop();
    private final FakeStream stream = new FakeStream(loop);
    private final List<String> events = new ArrayList<>();
    private final StreamChannel channel = StreamChannel.over(stream);

    @BeforeEach
    void setUp() {
        time.freezeTime();
        channel.pipeline().addLast(new Recorder());
    }

    @AfterEach
    void tearDown() {
        channel.abort();
        time.runPendingTasks();
    }

    private final class Recorder extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            events.add(data.toString(StandardCharsets.US_ASCII));
            data.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            events.add("|");
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            events.add("inactive");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            events.add("failure: " + cause.getMessage());
        }
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private void receive(String text) {
        stream.handler().onData(stream, ascii(text));
        stream.handler().onReadComplete(stream);
    }

    @Test
    void isActiveAndDoesNotReadAtFirst() {
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.isRegistered()).isTrue();
        receive("early");
        time.runPendingTasks();
        assertThat(events).isEmpty();
        assertThat(stream.returned).isZero();
    }

    @Test
    void creditGoesBackWhenBytesEnterThePipeline() {
        receive("held ");
        receive("back");
        assertThat(stream.returned).isZero();
        channel.config().setAutoRead(true);
        time.runPendingTasks();
        // Tiny pieces have been put together.
        assertThat(events).containsExactly("held back", "|");
        assertThat(stream.returned).isEqualTo(9);
        receive("straight");
        assertThat(events).containsExactly("held back", "|", "straight", "|");
        assertThat(stream.returned).isEqualTo(17);
    }

    @Test
    void oneReadWithoutAutoReadIsOneBurst() {
        channel.read();
        stream.handler().onData(stream, ascii("a"));
        stream.handler().onData(stream, ascii("b"));
        stream.handler().onReadComplete(stream);
        receive("c");
        time.runPendingTasks();
        assertThat(events).containsExactly("a", "b", "|");
        assertThat(stream.returned).isEqualTo(2);
        channel.read();
        time.runPendingTasks();
        assertThat(events).containsExactly("a", "b", "|", "c", "|");
    }

    @Test
    void autoReadThatIsTurnedOffStopsTheBurst() {
        channel.config().setAutoRead(true);
        stream.handler().onData(stream, ascii("a"));
        channel.config().setAutoRead(false);
        stream.handler().onData(stream, ascii("b"));
        stream.handler().onReadComplete(stream);
        time.runPendingTasks();
        assertThat(events).containsExactly("a", "|");
        assertThat(stream.returned).isEqualTo(1);
    }

    @Test
    void endOfStreamClosesAfterTheLastByte() {
        receive("last");
        stream.handler().onEnd(stream);
        time.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.config().setAutoRead(true);
        time.runPendingTasks();
        assertThat(events).containsExactly("last", "|", "inactive");
        assertThat(stream.calls).containsExactly("finish");
        assertThat(channel.streamEnd().isDone()).isFalse();
        stream.handler().onClosed(stream, null);
        assertThat(channel.streamEnd().isSuccess()).isTrue();
    }

    @Test
    void resetIsAnExceptionAfterWhatCameBefore() {
        channel.config().setAutoRead(true);
        // The rest of the burst is not announced to a stream that is gone.
        stream.handler().onData(stream, ascii("before"));
        stream.handler().onEnd(stream);
        stream.handler().onClosed(stream, HboneException.reset(2, "reset by the peer: 2"));
        time.runPendingTasks();
        assertThat(events)
                .containsExactly("before", "|", "failure: reset by the peer: 2", "inactive");
        assertThat(stream.calls).isEmpty();
        assertThat(channel.streamEnd().isSuccess()).isTrue();
    }

    @Test
    void resetEndsAChannelThatDoesNotRead() {
        receive("lost");
        stream.handler()
                .onClosed(stream, HboneException.of(HboneException.Code.HTTP2, "gone", null));
        time.runPendingTasks();
        assertThat(events).containsExactly("failure: gone", "inactive");
    }

    @Test
    void writesWaitForTheStreamAndItsWriterIsTold() {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(2, 4));
        stream.credit = 3;
        ChannelFuture first = channel.writeAndFlush(ascii("abc"));
        ChannelFuture second = channel.writeAndFlush(ascii("defgh"));
        assertThat(first.isSuccess()).isTrue();
        assertThat(second.isDone()).isFalse();
        assertThat(stream.sent).hasToString("abc");
        assertThat(channel.isWritable()).isFalse();
        stream.grant(5);
        assertThat(second.isSuccess()).isTrue();
        assertThat(stream.sent).hasToString("abcdefgh");
        assertThat(channel.isWritable()).isTrue();
    }

    @Test
    void closeEndsTheStreamAndLingersForThePeer() {
        channel.writeAndFlush(ascii("bye"));
        ChannelFuture closed = channel.close();
        time.runPendingTasks();
        assertThat(closed.isSuccess()).isTrue();
        assertThat(stream.sent).hasToString("bye");
        assertThat(stream.calls).containsExactly("finish");
        receive("too late");
        assertThat(stream.returned).isEqualTo(8);
        stream.handler().onEnd(stream);
        stream.handler().onClosed(stream, null);
        assertThat(channel.streamEnd().isSuccess()).isTrue();
        time.advanceTimeBy(1, TimeUnit.MINUTES);
        time.runScheduledPendingTasks();
        assertThat(stream.calls).containsExactly("finish");
        assertThat(events).containsExactly("inactive");
    }

    @Test
    void aPeerThatNeverEndsIsResetAfterAWhile() {
        channel.close();
        time.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
        time.runScheduledPendingTasks();
        assertThat(stream.calls).containsExactly("finish");
        time.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        time.runScheduledPendingTasks();
        assertThat(stream.calls).containsExactly("finish", "reset 8");
        assertThat(channel.streamEnd().isSuccess()).isTrue();
    }

    @Test
    void abortResetsAtOnceAndFailsWhatWaits() {
        stream.credit = 0;
        ChannelFuture waiting = channel.writeAndFlush(ascii("never"));
        channel.abort();
        time.runPendingTasks();
        assertThat(stream.calls).containsExactly("reset 8");
        assertThat(waiting.isDone()).isTrue();
        assertThat(waiting.isSuccess()).isFalse();
        assertThat(channel.streamEnd().isSuccess()).isTrue();
        assertThat(events).containsExactly("inactive");
    }

    @Test
    void messagesOtherThanBytesAreRefused() {
        ChannelFuture wrong = channel.writeAndFlush("text");
        assertThat(wrong.cause()).isInstanceOf(UnsupportedOperationException.class);
        assertThat(channel.isOpen()).isTrue();
    }
}
