package io.ztunnel.linux;

import java.io.IOException;

/** A system call that failed: which one, on what, and with which errno. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Bad file descriptor. */
    public static final int EBADF = 9;

    /** The receive or connect limit has passed, or a queue is full. */
    public static final int EAGAIN = Libc.EAGAIN;

    /** Invalid argument; for setns, a descriptor that is no namespace. */
    public static final int EINVAL = 22;

    private final String call;
    private final int errno;

    LinuxException(String call, String subject, int errno) {
        super("%s(%s): %s (errno %d)".formatted(call, subject, Libc.describe(errno), errno));
        this.call = call;
        this.errno = errno;
    }

    /** The name of the system call, as its man page spells it. */
    public String call() {
        return call;
    }

    /** The number from errno(3). */
    public int errno() {
        return errno;
    }

    /** Passes a result on, or throws when it is minus an errno. */
    static int check(String call, String subject, int result) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(call, subject, -result);
        }
        return result;
    }

    static int check(String call, int fd, int result) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(call, "fd " + fd, -result);
        }
        return result;
    }
}
