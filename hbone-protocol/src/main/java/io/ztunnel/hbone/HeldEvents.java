package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/** Keeps the events of a stream that has no receiver yet. The stream's window bounds the bytes. */
final class HeldEvents implements StreamHandler {
    private final HeldBytes data = new HeldBytes();
    private boolean ended;
    private boolean writable;
    private boolean finished;
    private boolean closed;
    private @Nullable HboneException cause;

    @Override
    public void onData(HboneStream stream, ByteBuf chunk) {
        data.add(chunk);
    }

    @Override
    public void onReadComplete(HboneStream stream) {}

    @Override
    public void onEnd(HboneStream stream) {
        ended = true;
    }

    @Override
    public void onWritable(HboneStream stream) {
        writable = true;
    }

    @Override
    public void onFinished(HboneStream stream) {
        finished = true;
    }

    @Override
    public void onClosed(HboneStream stream, @Nullable HboneException why) {
        closed = true;
        cause = why;
    }

    /**
     * Delivers everything in order. What the receiver causes meanwhile is held and delivered too,
     * so it sees no event before an older one.
     */
    void replay(HboneStream stream, StreamHandler receiver) {
        boolean any = false;
        while (true) {
            ByteBuf chunk = data.poll();
            if (chunk != null) {
                any = true;
                receiver.onData(stream, chunk);
            } else if (ended) {
                ended = false;
                any = true;
                receiver.onEnd(stream);
            } else if (writable) {
                writable = false;
                receiver.onWritable(stream);
            } else if (finished) {
                finished = false;
                receiver.onFinished(stream);
            } else {
                break;
            }
        }
        if (closed) {
            receiver.onClosed(stream, cause);
        } else if (any) {
            receiver.onReadComplete(stream);
        }
    }

    /** Nobody will ask for the events any more. */
    void discard() {
        data.release();
        ended = false;
        writable = false;
        finished = false;
    }
}
