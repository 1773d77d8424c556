package io.ztunnel.linux;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * One record and the file descriptors that came with it. The descriptors belong to this object
 * until taken; {@link #close} closes those that were not. Not thread-safe.
 */
public final class Packet implements Received, AutoCloseable {
    private final ByteBuffer bytes;
    private final Queue<Integer> descriptors;
    private final boolean truncated;
    private final boolean controlTruncated;

    Packet(byte[] bytes, int[] descriptors, boolean truncated, boolean controlTruncated) {
        this.bytes = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        this.descriptors = new ArrayDeque<>(descriptors.length);
        for (int descriptor : descriptors) {
            this.descriptors.add(descriptor);
        }
        this.truncated = truncated;
        this.controlTruncated = controlTruncated;
    }

    /** A read-only view of its own position. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** How many descriptors are still here. */
    public int descriptorCount() {
        return descriptors.size();
    }

    /**
     * Hands the next descriptor over to the caller, in the order they were sent.
     *
     * @throws NoSuchElementException when none is left
     */
    public int takeDescriptor() {
        return descriptors.remove();
    }

    /** The record was longer than the socket's limit; its end is lost (MSG_TRUNC). */
    public boolean truncated() {
        return truncated;
    }

    /** The kernel has dropped descriptors that did not fit (MSG_CTRUNC). */
    public boolean controlTruncated() {
        return controlTruncated;
    }

    /** Idempotent. */
    @Override
    public void close() {
        while (!descriptors.isEmpty()) {
            Libc.close(descriptors.remove());
        }
    }
}
