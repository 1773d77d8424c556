package io.ztunnel.daemon.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serial;

/**
 * Takes a body piece by piece, outside of the heap: the dump of a large mesh is larger than the
 * heap has room for.
 */
final class BodyBuffer extends OutputStream {
    private static final int CHUNK = 64 * 1024;

    /** There is not enough memory for the body now; later there may be. */
    static final class FullException extends IOException {
        @Serial private static final long serialVersionUID = 1L;

        FullException() {
            super("clients have not read the answers before this one; try again later");
        }
    }

    private final ByteBufAllocator allocator;
    private final BodyBudget budget;
    private final CompositeByteBuf body;
    private @Nullable ByteBuf chunk;
    private long taken;

    BodyBuffer(ByteBufAllocator allocator, BodyBudget budget) {
        this.allocator = allocator;
        this.budget = budget;
        this.body = allocator.compositeDirectBuffer(Integer.MAX_VALUE);
    }

    @Override
    public void write(int b) throws IOException {
        writable().writeByte(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
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

    private ByteBuf writable() throws IOException {
        ByteBuf current = chunk;
        if (current == null || !current.isWritable()) {
            endChunk();
            if (!budget.take(CHUNK)) {
                throw new FullException();
            }
            taken += CHUNK;
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

    /** Taken of the budget; whoever has {@link #finish finished} gives it back in the end. */
    long taken() {
        return taken;
    }

    /** Everything written; the caller's from now on, and nothing more may be written. */
    ByteBuf finish() {
        endChunk();
        return body;
    }

    /** Instead of {@link #finish}. */
    void discard() {
        finish().release();
        budget.giveBack(taken);
    }
}
