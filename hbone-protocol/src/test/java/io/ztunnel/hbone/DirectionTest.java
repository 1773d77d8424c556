package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/** Every event in every state of one direction. */
final class DirectionTest {
    private final IOException timedOut = SocketErrors.timedOut();

    private final EventLoop loop = new EmbeddedChannel().eventLoop();
    private final FakeEnd source = new FakeEnd(loop);
    private final FakeEnd sink = new FakeEnd(loop);
    private final RecordingObserver observer = new RecordingObserver();
    private final Direction direction = new Direction(Way.SEND, source, sink, observer, false);

    /** What the ends were asked for, source before sink, is named in the last columns. */
    @ParameterizedTest(name = "{0} + {1} -> {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    READING   | data            | READING   | -      | write       | -
                    READING   | data, full sink | PAUSED    | pause  | write flush | -
                    READING   | read complete   | READING   | -      | flush       | -
                    READING   | read complete, full sink | PAUSED | pause | flush | -
                    READING   | source end      | FINISHING | -      | finish      | -
                    READING   | source reset    | FINISHING | -      | finish      | -
                    READING   | source failed   | FINISHING | -      | finish      | SEND
                    READING   | sink writable   | READING   | -      | -           | -
                    READING   | sink finished   | READING   | -      | -           | -
                    READING   | sink reset      | ENDED     | pause  | -           | -
                    READING   | sink failed     | ENDED     | pause  | -           | SEND
                    READING   | sink closed     | ENDED     | pause  | -           | -
                    READING   | cut             | ENDED     | -      | -           | -
                    PAUSED    | data            | PAUSED    | -      | write       | -
                    PAUSED    | read complete   | PAUSED    | -      | flush       | -
                    PAUSED    | source end      | FINISHING | -      | finish      | -
                    PAUSED    | source reset    | FINISHING | -      | finish      | -
                    PAUSED    | source failed   | FINISHING | -      | finish      | SEND
                    PAUSED    | sink writable   | READING   | resume | -           | -
                    PAUSED    | sink finished   | PAUSED    | -      | -           | -
                    PAUSED    | sink reset      | ENDED     | pause  | -           | -
                    PAUSED    | sink failed     | ENDED     | pause  | -           | SEND
                    PAUSED    | sink closed     | ENDED     | pause  | -           | -
                    PAUSED    | cut             | ENDED     | -      | -           | -
                    FINISHING | data            | FINISHING | -      | -           | -
                    FINISHING | read complete   | FINISHING | -      | -           | -
                    FINISHING | source end      | FINISHING | -      | -           | -
                    FINISHING | source reset    | FINISHING | -      | -           | -
                    FINISHING | source failed   | FINISHING | -      | -           | -
                    FINISHING | sink writable   | FINISHING | -      | -           | -
                    FINISHING | sink finished   | ENDED     | -      | -           | -
                    FINISHING | sink reset      | ENDED     | -      | -           | -
                    FINISHING | sink failed     | ENDED     | -      | -           | SEND
                    FINISHING | sink closed     | ENDED     | -      | -           | -
                    FINISHING | cut             | ENDED     | -      | -           | -
                    ENDED     | data            | ENDED     | -      | -           | -
                    ENDED     | read complete   | ENDED     | -      | -           | -
                    ENDED     | source end      | ENDED     | -      | -           | -
                    ENDED     | source reset    | ENDED     | -      | -           | -
                    ENDED     | source failed   | ENDED     | -      | -           | -
                    ENDED     | sink writable   | ENDED     | -      | -           | -
                    ENDED     | sink finished   | ENDED     | -      | -           | -
                    ENDED     | sink reset      | ENDED     | -      | -           | -
                    ENDED     | sink failed     | ENDED     | -      | -           | -
                    ENDED     | sink closed     | ENDED     | -      | -           | -
                    ENDED     | cut             | ENDED     | -      | -           | -
                    """)
    void everyEventInEveryState(
            Direction.State from,
            String event,
            Direction.State to,
            @Nullable String onSource,
            @Nullable String onSink,
            RelayException.@Nullable Code error) {
        bringTo(from);
        source.calls.clear();
        sink.calls.clear();

        ByteBuf data = Unpooled.copiedBuffer(new byte[] {1, 2, 3});
        switch (event) {
            case "data" -> direction.onData(data.retain());
            case "data, full sink" -> {
                sink.stall();
                direction.onData(data.retain());
            }
            case "read complete, full sink" -> {
                sink.stall();
                direction.onReadComplete();
            }
            case "read complete" -> direction.onReadComplete();
            case "source end" -> direction.onSourceEnd();
            case "source reset" -> direction.onSourceFailed(SocketErrors.reset());
            case "source failed" -> direction.onSourceFailed(timedOut);
            case "sink writable" -> direction.onSinkWritable();
            case "sink finished" -> direction.onSinkFinished();
            case "sink reset" -> direction.onSinkFailed(SocketErrors.reset());
            case "sink failed" -> direction.onSinkFailed(timedOut);
            case "sink closed" -> direction.onSinkClosed();
            case "cut" -> direction.cut();
            default -> throw new AssertionError(event);
        }

        assertThat(direction.state()).isEqualTo(to);
        assertThat(String.join(" ", source.calls)).isEqualTo(onSource == null ? "" : onSource);
        assertThat(String.join(" ", sink.calls)).isEqualTo(onSink == null ? "" : onSink);
        RelayException failure = direction.error();
        assertThat(failure == null ? null : failure.code()).isEqualTo(error);
        assertThat(data.refCnt()).as("the buffer was let go of").isEqualTo(1);
        data.release();
    }

    private void bringTo(Direction.State state) {
        source.attach(new IgnoringInput());
        sink.attach(new IgnoringInput());
        switch (state) {
            case READING -> {}
            case PAUSED -> {
                sink.stall();
                direction.onData(Unpooled.copiedBuffer(new byte[] {0}));
            }
            case FINISHING -> direction.onSourceEnd();
            case ENDED -> direction.cut();
        }
        assertThat(direction.state()).isEqualTo(state);
    }

    /** The state machine alone is under test: ends report nothing back. */
    private static final class IgnoringInput implements Relay.Input {
        @Override
        public void onData(ByteBuf data) {
            data.release();
        }

        @Override
        public void onPiped(PipedBytes data) {
            data.release();
        }

        @Override
        public void onReadComplete() {}

        @Override
        public void onEnd() {}

        @Override
        public void onReadFailed(Throwable cause) {}

        @Override
        public void onWritable() {}

        @Override
        public void onWritten(int bytes) {}

        @Override
        public void onFinished() {}

        @Override
        public void onWriteFailed(Throwable cause) {}

        @Override
        public void onClosed(@Nullable Throwable cause) {}
    }
}
