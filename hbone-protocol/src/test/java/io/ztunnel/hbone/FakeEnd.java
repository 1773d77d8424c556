package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A relay end driven by a test: a peer that sends, takes, stalls, resets and vanishes on demand.
 */
final class FakeEnd implements RelayEnd {
    final List<String> calls = new ArrayList<>();
    final StringBuilder delivered = new StringBuilder();
    final List<ByteBuf> given = new ArrayList<>();

    private final EventLoop loop;
    private final StringBuilder queued = new StringBuilder();
    private Relay.@Nullable Input input;
    private boolean stalled;
    private boolean finishing;
    private boolean finished;
    private boolean writeFailed;
    private boolean closed;
    private boolean closesLate;
    private boolean ended;
    long consumed;

    FakeEnd(EventLoop loop) {
        this.loop = loop;
    }

    /** close() and abort() are answered by {@link #vanish} only. */
    FakeEnd closesLate() {
        closesLate = true;
        return this;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isFinished() {
        return finished;
    }

    /** May still send: no end of data, no failure of reading. */
    boolean isSending() {
        return !ended && !closed;
    }

    private Relay.Input input() {
        return requireNonNull(input);
    }

    void send(String data) {
        ByteBuf buffer = Unpooled.copiedBuffer(data, StandardCharsets.US_ASCII);
        given.add(buffer);
        input().onData(buffer);
    }

    void readComplete() {
        input().onReadComplete();
    }

    void end() {
        ended = true;
        input().onEnd();
    }

    void failReading(Throwable cause) {
        ended = true;
        input().onReadFailed(cause);
    }

    void failWriting(Throwable cause) {
        if (!finished && !writeFailed && !closed) {
            writeFailed = true;
            input().onWriteFailed(cause);
        }
    }

    void stall() {
        stalled = true;
    }

    void drain() {
        stalled = false;
        push();
        if (!closed && !finishing) {
            input().onWritable();
        }
    }

    void vanish(@Nullable Throwable cause) {
        if (!closed) {
            closed = true;
            input().onClosed(cause);
        }
    }

    private void push() {
        if (stalled || closed || writeFailed) {
            return;
        }
        int bytes = queued.length();
        if (bytes > 0) {
            delivered.append(queued);
            queued.setLength(0);
            input().onWritten(bytes);
        }
        if (finishing && !finished) {
            finished = true;
            input().onFinished();
        }
    }

    @Override
    public EventLoop eventLoop() {
        return loop;
    }

    @Override
    public void attach(Relay.Input relay) {
        input = relay;
    }

    @Override
    public void write(ByteBuf data) {
        calls.add("write");
        if (!closed && !writeFailed && !finishing) {
            queued.append(data.toString(StandardCharsets.US_ASCII));
        }
        data.release();
    }

    @Override
    public void flush() {
        calls.add("flush");
        push();
    }

    @Override
    public void finish() {
        calls.add("finish");
        finishing = true;
        push();
    }

    @Override
    public void close() {
        calls.add("close");
        if (!closesLate) {
            vanish(null);
        }
    }

    @Override
    public void abort() {
        calls.add("abort");
        writeFailed = true;
        if (!closesLate) {
            vanish(null);
        }
    }

    @Override
    public void reset() {
        calls.add("reset");
        writeFailed = true;
        if (!closesLate) {
            vanish(null);
        }
    }

    @Override
    public boolean isWritable() {
        return !stalled && !closed;
    }

    @Override
    public void pauseReading() {
        calls.add("pause");
    }

    @Override
    public void resumeReading() {
        calls.add("resume");
    }

    @Override
    public void consumed(int bytes) {
        consumed += bytes;
    }
}
