package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Bytes that wait in order for somebody to take them. Tiny pieces are put together: each would else
 * keep the whole buffer it was cut from, and cost a hundred times its size in objects, so that a
 * window's worth of single bytes could fill the memory of a node. Owns its buffers.
 */
final class HeldBytes {
    /** Less than this is copied rather than kept. */
    static final int PIECE_BYTES = 2 * 1024;

    /** Made when the first bytes come: most connections never hold any. */
    private @Nullable ArrayDeque<ByteBuf> buffers;

    /** The last of the buffers if it is made of pieces and takes more of them. */
    private @Nullable ByteBuf pieces;

    /** Takes ownership. */
    void add(ByteBuf data) {
        if (buffers == null) {
            buffers = new ArrayDeque<>(2);
        }
        int bytes = data.readableBytes();
        if (bytes >= PIECE_BYTES) {
            pieces = null;
            buffers.add(data);
            return;
        }
        ByteBuf target = pieces;
        if (target == null || target.maxFastWritableBytes() < bytes) {
            target = data.alloc().directBuffer(PIECE_BYTES);
            pieces = target;
            buffers.add(target);
        }
        target.writeBytes(data);
        data.release();
    }

    boolean isEmpty() {
        return buffers == null || buffers.isEmpty();
    }

    /** Hands over the oldest buffer with its ownership; null when there is none. */
    @Nullable ByteBuf poll() {
        if (buffers == null) {
            return null;
        }
        ByteBuf next = buffers.poll();
        if (buffers.isEmpty()) {
            pieces = null;
        }
        return next;
    }

    void release() {
        for (ByteBuf next = poll(); next != null; next = poll()) {
            next.release();
        }
    }
}
