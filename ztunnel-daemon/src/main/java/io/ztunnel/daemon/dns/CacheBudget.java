package io.ztunnel.daemon.dns;

import java.util.concurrent.atomic.AtomicLong;

/** What the caches of all pods together may hold. Thread-safe. */
final class CacheBudget {
    private static final int PART_OF_HEAP = 32;

    private final AtomicLong free;

    /**
     * @param bytes 0 or more
     */
    CacheBudget(long bytes) {
        this.free = new AtomicLong(bytes);
    }

    static CacheBudget ofProcess() {
        return new CacheBudget(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    boolean take(long bytes) {
        if (free.addAndGet(-bytes) >= 0) {
            return true;
        }
        free.addAndGet(bytes);
        return false;
    }

    void giveBack(long bytes) {
        free.addAndGet(bytes);
    }
}
