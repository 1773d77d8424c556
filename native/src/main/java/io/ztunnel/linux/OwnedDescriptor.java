package io.ztunnel.linux;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that several threads use and one closes. It is really closed when its last user
 * is done: a number closed under a running call could by then be somebody else's file.
 */
final class OwnedDescriptor {
    private final int fd;

    /** Running calls, plus one until the owner closes. */
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    OwnedDescriptor(int fd) {
        this.fd = fd;
    }

    /** The number, to be used between {@link #acquire} and {@link #release}. */
    int fd() {
        return fd;
    }

    /** False when the owner has closed it. */
    boolean acquire() {
        int count = users.get();
        while (count > 0 && !closed.get()) {
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
            count = users.get();
        }
        return false;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            Libc.close(fd);
        }
    }

    boolean isClosed() {
        return closed.get();
    }

    /** True for the first call only. */
    boolean close() {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        release();
        return true;
    }
}
