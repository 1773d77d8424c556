package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Keeps the events of a stream that has no receiver yet. The stream's window bounds the bytes; tiny
 * pieces are put together, since each would else keep the whole buffer it was cut from.
 */
final class HeldEvents implements StreamHandler {
    private static final int PIECE_BYTES = 2 * 1024;

    private final ArrayDeque<ByteBuf> data = new ArrayDeque<>(2);
    private @Nullable ByteBuf pieces;
    private boolean ended;
    private boolean closed;
    private @Nullable HboneException cause;

    @Override
    public void onData(HboneStream stream, ByteBuf chunk) {
        int bytes = chunk.readableBytes();
        if (bytes >= PIECE_BYTES) {
            pieces = null;
            data.add(chunk);
            return;
        }
        ByteBuf target = pieces;
        if (target == null || target.maxFastWritableBytes() < bytes) {
            target = chunk.alloc().buffer(PIECE_BYTES);
            pieces = target;
            data.add(target);
        }
        target.writeBytes(chunk);
        chunk.release();
    }

    @Override
    public void onReadComplete(HboneStream stream) {}

    @Override
    public void onEnd(HboneStream stream) {
        ended = true;
    }

    @Override
    public void onWritable(HboneStream stream) {}

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
                if (data.isEmpty()) {
                    // The pieces, if any, were the last.
                    pieces = null;
                }
                any = true;
                receiver.onData(stream, chunk);
            } else if (ended) {
                ended = false;
                any = true;
                receiver.onEnd(stream);
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
        pieces = null;
        for (ByteBuf chunk = data.poll(); chunk != null; chunk = data.poll()) {
            chunk.release();
        }
        ended = false;
    }
}
