package io.ztunnel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A pipe that bytes move through from one socket to another without being copied, by splice(2). Its
 * calls never block and allocate nothing. Not thread-safe.
 */
public final class Pipe implements AutoCloseable {
    private static final int SPLICE_F_MOVE = 1;
    private static final int SPLICE_F_NONBLOCK = 2;
    private static final int FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
    private static final int O_NONBLOCK_CLOEXEC = 0x800 | 0x80000;

    private static final MethodHandle PIPE2 = Libc.handle("pipe2", ADDRESS, JAVA_INT);
    private static final MethodHandle SPLICE =
            Libc.sizeHandle("splice", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    private final int readEnd;
    private final int writeEnd;
    private final int capacity;
    private boolean closed;

    private Pipe(int readEnd, int writeEnd, int capacity) {
        this.readEnd = readEnd;
        this.writeEnd = writeEnd;
        this.capacity = capacity;
    }

    /**
     * Opens a pipe.
     *
     * @param capacity in bytes; from a socket each segment takes a slot of 4096 of them, however
     *     short it is
     * @throws LinuxException when there are no descriptors left, or the kernel grants this user no
     *     pipe of that size (pipe(7), pipe-user-pages-soft)
     */
    public static Pipe open(int capacity) throws IOException {
        CallState state = CallState.get();
        LinuxException.check("pipe2", "", pipe2(state));
        int readEnd = state.scratch.get(JAVA_INT, 0);
        int writeEnd = state.scratch.get(JAVA_INT, Integer.BYTES);
        int granted = Libc.setPipeSize(writeEnd, capacity);
        if (granted < 0) {
            Libc.close(readEnd);
            Libc.close(writeEnd);
        }
        LinuxException.check("fcntl", "F_SETPIPE_SZ", granted);
        return new Pipe(readEnd, writeEnd, granted);
    }

    private static int pipe2(CallState state) {
        try {
            return state.result(
                    (int) PIPE2.invokeExact(state.captured, state.scratch, O_NONBLOCK_CLOEXEC));
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** In bytes. */
    public int capacity() {
        return capacity;
    }

    /**
     * Takes what a socket has received, up to what the pipe has room for.
     *
     * @return how many bytes; 0 at the end of the socket's input; or minus an errno, {@link
     *     LinuxException#EAGAIN} when there is nothing to take or no room
     */
    public int fill(int socket) {
        return splice(socket, writeEnd, capacity);
    }

    /**
     * Gives bytes to a socket.
     *
     * @return how many it took, or minus an errno, {@link LinuxException#EAGAIN} when it takes none
     *     now
     */
    public int drain(int socket, int bytes) {
        return splice(readEnd, socket, bytes);
    }

    private int splice(int from, int to, long bytes) {
        if (closed) {
            return -LinuxException.EBADF;
        }
        CallState state = CallState.get();
        MemorySegment none = MemorySegment.NULL;
        try {
            long moved =
                    (long) SPLICE.invokeExact(state.captured, from, none, to, none, bytes, FLAGS);
            return state.result((int) moved);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** What is still in it is lost. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.close(readEnd);
            Libc.close(writeEnd);
        }
    }
}
