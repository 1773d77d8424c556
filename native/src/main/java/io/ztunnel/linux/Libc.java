package io.ztunnel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.stream.Stream;

/**
 * The calls on file descriptors, namespaces, options and limits. Each returns what the kernel
 * returns: a value that is not negative, or minus errno; {@link LinuxException#check} turns the
 * latter into an exception.
 *
 * <p>The constants are those of Linux on x86-64 and arm64.
 */
final class Libc {
    static final int EINTR = 4;
    static final int EAGAIN = 11;

    static final int CLONE_NEWNET = 0x40000000;
    static final int SOL_SOCKET = 1;

    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_SETPIPE_SZ = 1031;
    private static final long NS_GET_NSTYPE = 0xb703;

    private static final Linker LINKER = Linker.nativeLinker();

    // open, fcntl and ioctl are variadic: on arm64 and others the ABI of those arguments differs.
    private static final MethodHandle OPEN = variadic("open", 2, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCNTL = variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle IOCTL = variadic("ioctl", 2, JAVA_INT, JAVA_LONG);
    private static final MethodHandle CLOSE = handle("close", JAVA_INT);
    private static final MethodHandle SETNS = handle("setns", JAVA_INT, JAVA_INT);
    private static final MethodHandle SOCKET = handle("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            handle("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle GETRLIMIT = handle("getrlimit", JAVA_INT, ADDRESS);
    private static final MethodHandle SETRLIMIT = handle("setrlimit", JAVA_INT, ADDRESS);
    private static final MethodHandle STRERROR =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("strerror"),
                    FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Libc() {}

    /** A handle of shape (errno segment, arguments...) to int. Keep it in a static final field. */
    static MethodHandle handle(String name, MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static MethodHandle variadic(String name, int fixed, MemoryLayout... arguments) {
        return link(
                name,
                FunctionDescriptor.of(JAVA_INT, arguments),
                Linker.Option.firstVariadicArg(fixed));
    }

    /** A handle whose result is a {@code ssize_t}. */
    static MethodHandle sizeHandle(String name, MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(JAVA_LONG, arguments));
    }

    private static MethodHandle link(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker.Option[] all =
                Stream.concat(
                                Stream.of(Linker.Option.captureCallState("errno")),
                                Stream.of(options))
                        .toArray(Linker.Option[]::new);
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, all);
    }

    /** Downcall handles throw nothing of their own, whatever their type says. */
    static AssertionError unexpected(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return new AssertionError(thrown);
    }

    static int open(String path) {
        CallState state = CallState.get();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            return state.result((int) OPEN.invokeExact(state.captured, name, O_RDONLY_CLOEXEC, 0));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int duplicate(int fd) {
        return control(fd, F_DUPFD_CLOEXEC, 0);
    }

    /** The size that the kernel has made of it: a power of two. */
    static int setPipeSize(int fd, int bytes) {
        return control(fd, F_SETPIPE_SZ, bytes);
    }

    private static int control(int fd, int command, int argument) {
        CallState state = CallState.get();
        try {
            return state.result((int) FCNTL.invokeExact(state.captured, fd, command, argument));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** The CLONE_NEW* type of a namespace, ENOTTY for any other file. */
    static int namespaceType(int fd) {
        CallState state = CallState.get();
        try {
            return state.result((int) IOCTL.invokeExact(state.captured, fd, NS_GET_NSTYPE));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Never repeated after EINTR: Linux has closed the descriptor by then (close(2)). */
    static int close(int fd) {
        CallState state = CallState.get();
        try {
            return state.result((int) CLOSE.invokeExact(state.captured, fd));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int setns(int fd, int type) {
        return setns(CallState.get(), fd, type);
    }

    static int setns(CallState state, int fd, int type) {
        try {
            return state.result((int) SETNS.invokeExact(state.captured, fd, type));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int socket(int family, int type) {
        CallState state = CallState.get();
        try {
            return state.result((int) SOCKET.invokeExact(state.captured, family, type, 0));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int setIntOption(int fd, int level, int option, int value) {
        CallState state = CallState.get();
        state.scratch.set(JAVA_INT, 0, value);
        return setOption(state, fd, level, option, state.scratch, Integer.BYTES);
    }

    static int setOption(
            CallState state, int fd, int level, int option, MemorySegment value, int length) {
        try {
            return state.result(
                    (int) SETSOCKOPT.invokeExact(state.captured, fd, level, option, value, length));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Reads an option of eight bytes into the first eight bytes of {@code state.scratch}. */
    static int getLongOption(CallState state, int fd, int level, int option) {
        MemorySegment value = state.scratch.asSlice(0, Long.BYTES);
        MemorySegment length = state.scratch.asSlice(Long.BYTES, Integer.BYTES);
        length.set(JAVA_INT, 0, Long.BYTES);
        try {
            return state.result(
                    (int) GETSOCKOPT.invokeExact(state.captured, fd, level, option, value, length));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Reads soft and hard limit as two unsigned longs. */
    static int getLimit(int resource, MemorySegment softAndHard) {
        CallState state = CallState.get();
        try {
            return state.result((int) GETRLIMIT.invokeExact(state.captured, resource, softAndHard));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int setLimit(int resource, MemorySegment softAndHard) {
        CallState state = CallState.get();
        try {
            return state.result((int) SETRLIMIT.invokeExact(state.captured, resource, softAndHard));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** What the C library says of an errno; a fixed text for the numbers Linux uses. */
    static String describe(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }
}
