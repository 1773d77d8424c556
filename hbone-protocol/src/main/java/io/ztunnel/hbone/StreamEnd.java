package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;

import org.jspecify.annotations.Nullable;

/**
 * A tunnel stream as one side of a relay. Of an outbound stream it is the handler from before the
 * answer: {@code tunnel.connect(request, end)}, then {@link #opened} with the stream. Events that
 * come before the relay are kept; who gets no further calls {@link #abort}.
 *
 * <p>A stream is never paused: its peer may send what the window allows, and gets credit for a byte
 * only when that byte has left through the other end. So a slow reader at the other end holds at
 * most one window.
 */
public final class StreamEnd implements RelayEnd, StreamHandler {
    private enum Output {
        OPEN,
        /** finish() was called; END_STREAM waits for the credit of what is before it. */
        FINISHING,
        /** END_STREAM is sent. */
        FINISHED
    }

    /** An {@link EarlyInput} until the relay asks for data. */
    private Relay.Input input = new EarlyInput();

    private @Nullable HboneStream stream;
    private Output output = Output.OPEN;
    private boolean inputEnded;
    private boolean closed;

    /** Bytes queued in the stream that have not been reported as written. */
    private int unwritten;

    /** The end of an outbound stream that is yet to be opened. */
    public StreamEnd() {}

    /** The end of a stream that a peer opened. */
    public StreamEnd(InboundStream stream) {
        this.stream = stream;
        stream.setHandler(this);
    }

    /** The CONNECT that this end is the handler of was answered with 200. */
    public void opened(HboneStream stream) {
        this.stream = stream;
    }

    private HboneStream stream() {
        return requireNonNull(stream, "stream is not open");
    }

    @Override
    public EventLoop eventLoop() {
        return stream().eventLoop();
    }

    @Override
    public void attach(Relay.Input relay) {
        EarlyInput.before(input).attach(relay);
    }

    @Override
    public void resumeReading() {
        if (input instanceof EarlyInput early) {
            input = early.relay();
            early.replay();
        }
    }

    @Override
    public void pauseReading() {}

    @Override
    public void consumed(int bytes) {
        stream().returnCredit(bytes);
    }

    @Override
    public boolean isWritable() {
        return !closed && stream().isWritable();
    }

    @Override
    public void write(ByteBuf data) {
        if (closed || output != Output.OPEN || !data.isReadable()) {
            data.release();
            return;
        }
        unwritten += data.readableBytes();
        stream().write(data);
    }

    @Override
    public void flush() {
        if (!closed && output == Output.OPEN) {
            stream().flush();
            reportIfTaken();
        }
    }

    /**
     * Bytes count as handed on while the stream takes more: it queues a bounded amount. Otherwise
     * they are held against the other end, which keeps its peer from sending more.
     */
    private void reportIfTaken() {
        if (unwritten > 0 && !closed && stream().isWritable()) {
            reportWritten();
        }
    }

    private void reportWritten() {
        int written = unwritten;
        unwritten = 0;
        input.onWritten(written);
    }

    @Override
    public void finish() {
        if (closed || output != Output.OPEN) {
            return;
        }
        output = Output.FINISHING;
        stream().finish();
    }

    @Override
    public void onFinished(HboneStream from) {
        if (closed) {
            return;
        }
        output = Output.FINISHED;
        if (unwritten > 0) {
            reportWritten();
        }
        input.onFinished();
    }

    /**
     * A stream that both sides have finished closes by itself. One whose peer still sends is reset:
     * our own END_STREAM is on its way already. RFC 9113 8.1: a server that has answered may say
     * that it wants no more without a failure.
     */
    @Override
    public void close() {
        if (closed || (inputEnded && output == Output.FINISHED)) {
            return;
        }
        boolean answered = output == Output.FINISHED && stream instanceof InboundStream;
        reset(answered ? Http2Error.NO_ERROR : Http2Error.CANCEL);
    }

    @Override
    public void abort() {
        reset(Http2Error.CANCEL);
        if (input instanceof EarlyInput early) {
            early.discard();
        }
    }

    @Override
    public void reset() {
        reset(Http2Error.CONNECT_ERROR);
    }

    private void reset(Http2Error code) {
        if (!closed) {
            closed = true;
            stream().reset(code.code());
            input.onClosed(null);
        }
    }

    @Override
    public void onData(HboneStream from, ByteBuf data) {
        if (closed) {
            data.release();
        } else {
            input.onData(data);
        }
    }

    @Override
    public void onReadComplete(HboneStream from) {
        if (!closed) {
            input.onReadComplete();
        }
    }

    @Override
    public void onEnd(HboneStream from) {
        if (!closed && !inputEnded) {
            inputEnded = true;
            input.onEnd();
        }
    }

    @Override
    public void onWritable(HboneStream from) {
        if (!closed && output == Output.OPEN) {
            reportIfTaken();
            input.onWritable();
        }
    }

    @Override
    public void onClosed(HboneStream from, @Nullable HboneException cause) {
        if (closed) {
            return;
        }
        closed = true;
        input.onClosed(cause);
    }
}
