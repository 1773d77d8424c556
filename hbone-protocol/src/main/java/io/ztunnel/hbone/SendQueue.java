package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/** Bytes of one stream that wait for credit and for their turn. Owns its buffers. */
final class SendQueue {
    private final ArrayDeque<ByteBuf> buffers = new ArrayDeque<>(4);
    private int bytes;

    /** Takes ownership; an empty buffer is released at once. */
    void add(ByteBuf data) {
        int readable = data.readableBytes();
        if (readable == 0) {
            data.release();
            return;
        }
        buffers.add(data);
        bytes = Math.addExact(bytes, readable);
    }

    int bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    /** The oldest buffer, still owned by the queue; null when empty. */
    @Nullable ByteBuf peek() {
        return buffers.peek();
    }

    /** Hands over the oldest buffer with its ownership. */
    ByteBuf take() {
        ByteBuf head = buffers.remove();
        bytes -= head.readableBytes();
        return head;
    }

    /** Moves the oldest bytes, as many as asked for, into {@code target}. */
    void copyTo(ByteBuf target, int count) {
        int left = count;
        while (left > 0) {
            ByteBuf head = buffers.element();
            int part = Math.min(left, head.readableBytes());
            target.writeBytes(head, part);
            left -= part;
            if (!head.isReadable()) {
                buffers.remove().release();
            }
        }
        bytes -= count;
    }

    void clear() {
        bytes = 0;
        for (ByteBuf head = buffers.poll(); head != null; head = buffers.poll()) {
            head.release();
        }
    }
}
