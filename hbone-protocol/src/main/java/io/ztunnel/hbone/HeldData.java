package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Received bytes of one stream that nobody takes yet. The stream's window bounds them; tiny pieces
 * are put together, since each would else keep the whole buffer it was cut from. Owns its buffers.
 */
final class HeldData {
    private static final int PIECE_BYTES = 2 * 1024;

    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>(2);

    /** The last chunk, when it is one of ours that further pieces may be added to. */
    private @Nullable ByteBuf pieces;

    /** Takes ownership. */
    void add(ByteBuf chunk) {
        int bytes = chunk.readableBytes();
        if (bytes >= PIECE_BYTES) {
            pieces = null;
            chunks.add(chunk);
            return;
        }
        ByteBuf target = pieces;
        if (target == null || target.maxFastWritableBytes() < bytes) {
            target = chunk.alloc().buffer(PIECE_BYTES);
            pieces = target;
            chunks.add(target);
        }
        target.writeBytes(chunk);
        chunk.release();
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** The oldest chunk with its ownership, or null. */
    @Nullable ByteBuf poll() {
        ByteBuf chunk = chunks.poll();
        if (chunks.isEmpty()) {
            // The pieces, if any, were the last.
            pieces = null;
        }
        return chunk;
    }

    void clear() {
        for (ByteBuf chunk = poll(); chunk != null; chunk = poll()) {
            chunk.release();
        }
    }
}
