package io.ztunnel.daemon.admin;

import io.netty.util.internal.PlatformDependent;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Direct memory that answers may take until their clients have read them. It is the memory that
 * connections of pods take their buffers from, and a dump of a large mesh is as large as a client
 * is slow. Thread-safe.
 */
final class BodyBudget {
    /** Half of what there is: the other half stays for pods, whatever is asked. */
    static final BodyBudget OF_PROCESS = new BodyBudget(PlatformDependent.maxDirectMemory() / 2);

    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    /**
     * @param limit in bytes
     */
    BodyBudget(long limit) {
        this.limit = limit;
    }

    /**
     * @return false when so much is not left; then nothing is taken
     */
    boolean take(int bytes) {
        if (taken.addAndGet(bytes) <= limit) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** Bytes that are taken now. */
    long taken() {
        return taken.get();
    }
}
