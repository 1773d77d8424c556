package io.ztunnel.daemon.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.OutputStream;

/**
 * Takes a body piece by piece, outside of the heap: the dump of a large mesh is larger than the
 * heap has room for.
 */
final class BodyBuffer extends OutputStream {
    private static final int CHUNK = 64 * 1024;

    private final ByteBufAllocator allocator;
    private final CompositeByteBuf body;
    private @Nullable ByteBuf chunk;

    BodyBuffer(ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.body = allocator.compositeDirectBuffer(Integer.MAX_VALUE);
    }

    @Override
    public void write(int b) {
        writable().writeByte(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            ByteBuf into = writable();
            int part = Math.min(left, into.writableBytes());
            into.writeBytes(bytes, from, part);
            from += part;
            left -= part;
        }
    }

    private ByteBuf writable() {
        ByteBuf current = chunk;
        if (current == null || !current.isWritable()) {
            endChunk();
            current = allocator.directBuffer(CHUNK, CHUNK);
            chunk = current;
        }
        return current;
    }

    private void endChunk() {
        if (chunk != null) {
            body.addComponent(true, chunk);
            chunk = null;
        }
    }

    /** Everything written; the caller's from now on, and nothing more may be written. */
    ByteBuf finish() {
        endChunk();
        return body;
    }

    /** Instead of {@link #finish}. */
    void discard() {
        finish().release();
    }
}
