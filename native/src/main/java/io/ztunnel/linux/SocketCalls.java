package io.ztunnel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The calls on Unix domain sockets of type SEQPACKET. Results as in {@link Libc}. None is linked as
 * critical: most of them block.
 */
final class SocketCalls {
    static final int AF_UNIX = 1;
    static final int SOCK_SEQPACKET_CLOEXEC = 5 | 0x80000;

    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SHUT_RDWR = 2;
    private static final int SO_SNDTIMEO = 21;
    private static final short POLLIN = 1;

    private static final MethodHandle BIND = Libc.handle("bind", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT = Libc.handle("connect", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = Libc.handle("listen", JAVA_INT, JAVA_INT);
    private static final MethodHandle SHUTDOWN = Libc.handle("shutdown", JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT4 =
            Libc.handle("accept4", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle POLL = Libc.handle("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMSG =
            Libc.sizeHandle("sendmsg", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECVMSG =
            Libc.sizeHandle("recvmsg", JAVA_INT, ADDRESS, JAVA_INT);

    private SocketCalls() {}

    static int bind(int fd, MemorySegment address) {
        CallState state = CallState.get();
        try {
            return state.result(
                    (int) BIND.invokeExact(state.captured, fd, address, (int) address.byteSize()));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int connect(int fd, MemorySegment address) {
        CallState state = CallState.get();
        try {
            return state.result(
                    (int)
                            CONNECT.invokeExact(
                                    state.captured, fd, address, (int) address.byteSize()));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int listen(int fd, int backlog) {
        CallState state = CallState.get();
        try {
            return state.result((int) LISTEN.invokeExact(state.captured, fd, backlog));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int accept(int fd) {
        CallState state = CallState.get();
        try {
            return state.result(
                    (int)
                            ACCEPT4.invokeExact(
                                    state.captured,
                                    fd,
                                    MemorySegment.NULL,
                                    MemorySegment.NULL,
                                    SOCK_CLOEXEC));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Wakes whoever is blocked on the descriptor; closing it would not. */
    static int shutdown(int fd) {
        CallState state = CallState.get();
        try {
            return state.result((int) SHUTDOWN.invokeExact(state.captured, fd, SHUT_RDWR));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int sendMessage(int fd, MemorySegment message, int flags) {
        CallState state = CallState.get();
        try {
            long sent = (long) SENDMSG.invokeExact(state.captured, fd, message, flags);
            return state.result((int) sent);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    static int receiveMessage(int fd, MemorySegment message, int flags) {
        CallState state = CallState.get();
        try {
            long received = (long) RECVMSG.invokeExact(state.captured, fd, message, flags);
            return state.result((int) received);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** Limits how long connect and send may block; they fail with EAGAIN then. */
    static int setSendTimeout(int fd, Duration limit) {
        CallState state = CallState.get();
        state.scratch.set(JAVA_LONG, 0, limit.toSeconds());
        state.scratch.set(JAVA_LONG, Long.BYTES, limit.toNanosPart() / 1_000L);
        return Libc.setOption(
                state, fd, Libc.SOL_SOCKET, SO_SNDTIMEO, state.scratch, 2 * Long.BYTES);
    }

    /**
     * Waits until the descriptor can be read or has ended.
     *
     * @return false when the time is over
     */
    static boolean awaitReadable(int fd, Duration limit) throws LinuxException {
        CallState state = CallState.get();
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = Math.max(0, deadline - System.nanoTime());
            // Rounded up: a wait that ends a little early would turn its caller into a busy loop.
            int millis =
                    (int)
                            Math.min(
                                    Integer.MAX_VALUE,
                                    TimeUnit.NANOSECONDS.toMillis(left + 999_999));
            int ready = poll(state, fd, millis);
            if (ready > 0) {
                return true;
            }
            if (ready == 0) {
                return false;
            }
            if (ready != -Libc.EINTR) {
                LinuxException.check("poll", fd, ready);
            }
        }
    }

    private static int poll(CallState state, int fd, int millis) {
        state.scratch.set(JAVA_INT, 0, fd);
        state.scratch.set(JAVA_SHORT, 4, POLLIN);
        state.scratch.set(JAVA_SHORT, 6, (short) 0);
        try {
            return state.result((int) POLL.invokeExact(state.captured, state.scratch, 1L, millis));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
