package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Bytes of one stream that wait for credit and for their turn. Owns its buffers, in a ring whose
 * length is a power of two: looking at them allocates nothing.
 */
final class SendQueue {
    private @Nullable ByteBuf[] ring = new ByteBuf[4];
    private int head;
    private int count;
    private int bytes;

    /** Takes ownership; an empty buffer is released at once. */
    void add(ByteBuf data) {
        int readable = data.readableBytes();
        if (readable == 0) {
            data.release();
            return;
        }
        if (count == ring.length) {
            grow();
        }
        ring[head + count & ring.length - 1] = data;
        count++;
        bytes = Math.addExact(bytes, readable);
    }

    private void grow() {
        @Nullable ByteBuf[] larger = Arrays.copyOf(ring, 2 * count);
        // What had wrapped around to the start goes on behind the old end.
        System.arraycopy(larger, 0, larger, count, head);
        Arrays.fill(larger, 0, head, null);
        ring = larger;
    }

    int bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    /** The oldest buffer, still owned by the queue; null when empty. */
    @Nullable ByteBuf peek() {
        return count == 0 ? null : at(0);
    }

    private ByteBuf at(int index) {
        ByteBuf buffer = ring[head + index & ring.length - 1];
        if (buffer == null) {
            throw new IllegalStateException("nothing is queued");
        }
        return buffer;
    }

    private ByteBuf remove() {
        ByteBuf oldest = at(0);
        ring[head] = null;
        head = head + 1 & ring.length - 1;
        count--;
        return oldest;
    }

    /** Hands over the oldest buffer with its ownership. */
    ByteBuf take() {
        ByteBuf oldest = remove();
        bytes -= oldest.readableBytes();
        return oldest;
    }

    /**
     * How many bytes to send of at most so many: whole buffers where at least one fits, because a
     * buffer that is sent whole becomes a frame where it is.
     */
    int upTo(int limit) {
        if (bytes <= limit) {
            return bytes;
        }
        int whole = 0;
        for (int i = 0; i < count && whole + at(i).readableBytes() <= limit; i++) {
            whole += at(i).readableBytes();
        }
        return whole == 0 ? limit : whole;
    }

    /** Hands over the oldest bytes of the oldest buffer, which holds at least so many. */
    ByteBuf slice(int length) {
        ByteBuf oldest = at(0);
        if (oldest.readableBytes() == length) {
            return take();
        }
        bytes -= length;
        return oldest.readRetainedSlice(length);
    }

    /** Moves the oldest bytes, as many as asked for, into {@code target}. */
    void copyTo(ByteBuf target, int length) {
        int left = length;
        while (left > 0) {
            ByteBuf oldest = at(0);
            int part = Math.min(left, oldest.readableBytes());
            target.writeBytes(oldest, part);
            left -= part;
            if (!oldest.isReadable()) {
                remove().release();
            }
        }
        bytes -= length;
    }

    void clear() {
        bytes = 0;
        while (count > 0) {
            remove().release();
        }
    }
}
