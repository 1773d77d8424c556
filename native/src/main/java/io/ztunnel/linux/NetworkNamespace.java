package io.ztunnel.linux;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A network namespace, held by a file descriptor of our own. As long as it is open the kernel keeps
 * the namespace, its interfaces and its rules alive, even when its pod is gone: close promptly.
 *
 * <p>The namespace of a socket is fixed when socket(2) creates it. So {@link #call} switches the
 * calling thread, creates the socket and switches back; bind, listen, connect and accept need no
 * switch. The switch costs a few microseconds and may be done on an event loop.
 *
 * <p>setns(2) moves one operating system thread, and whatever that thread starts stays where it was
 * started, for ever: threads as well as child processes. Inside {@link #call} therefore start no
 * thread and no process, submit nothing to an executor, do not log, and load no class that may do
 * one of these (touch such classes before). Virtual threads are refused: others that share the
 * carrier would find themselves in the pod. A thread that cannot come home would send our own
 * traffic into a pod, so the process is ended.
 *
 * <p>Thread-safe. A close while a call runs takes effect when the call returns.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SO_NETNS_COOKIE = 71;
    private static final Path NAMED = Path.of("/run/netns");

    private final OwnedDescriptor descriptor;
    private final Id id;

    /** What two descriptors of the same namespace have in common. */
    public record Id(long device, long inode) {
        @Override
        public String toString() {
            return "net:[" + inode + "]";
        }
    }

    private NetworkNamespace(OwnedDescriptor descriptor, Id id) {
        this.descriptor = descriptor;
        this.id = id;
    }

    /**
     * Opens a namespace by a path such as {@code /proc/PID/ns/net}.
     *
     * @throws LinuxException when there is no such file or it may not be opened
     */
    public static NetworkNamespace open(Path path) throws IOException {
        return adopt(LinuxException.check("open", path.toString(), Libc.open(path.toString())));
    }

    /**
     * Opens a namespace that {@code ip netns add} has named.
     *
     * @throws LinuxException when there is none of that name
     */
    public static NetworkNamespace named(String name) throws IOException {
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
            throw new IllegalArgumentException("not a name of a network namespace: '" + name + "'");
        }
        return open(NAMED.resolve(name));
    }

    /** The namespace of the calling thread. */
    public static NetworkNamespace current() throws IOException {
        return open(HomeNamespace.OF_THREAD);
    }

    /**
     * Takes over a descriptor, for instance one that a peer has passed. It is ours from now on,
     * also when this throws.
     *
     * @throws IOException when it is not an open file. Whether it is a network namespace is not
     *     looked at: see {@link #isNetworkNamespace}
     */
    public static NetworkNamespace adopt(int fd) throws IOException {
        if (fd < 0) {
            throw new IllegalArgumentException("not a file descriptor: " + fd);
        }
        try {
            return new NetworkNamespace(new OwnedDescriptor(fd), identify(fd));
        } catch (IOException | RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /** A second holder of the same namespace, to be closed on its own. */
    public NetworkNamespace duplicate() throws IOException {
        acquire();
        try {
            int copy = LinuxException.check("fcntl", fd(), Libc.duplicate(fd()));
            return new NetworkNamespace(new OwnedDescriptor(copy), id);
        } finally {
            descriptor.release();
        }
    }

    public Id id() {
        return id;
    }

    /** The descriptor, to be passed on or named in a path; it stays ours. */
    public int fd() {
        return descriptor.fd();
    }

    /** A path by which a child process may open this namespace while it is open here. */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd());
    }

    /** False for descriptors of anything else. */
    public boolean isNetworkNamespace() throws IOException {
        acquire();
        try {
            return Libc.namespaceType(fd()) == Libc.CLONE_NEWNET;
        } finally {
            descriptor.release();
        }
    }

    /**
     * Runs the action with the calling thread inside this namespace.
     *
     * @throws IllegalStateException on a virtual thread, or inside another such call
     * @throws LinuxException when the namespace cannot be entered (call setns: EPERM without
     *     CAP_SYS_ADMIN, EINVAL when it is no network namespace)
     * @throws IOException what the action throws, or that this is closed: whoever works for a pod
     *     may find it gone at any time
     */
    public <T> T call(NamespaceCall<T> action) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a virtual thread may not switch its network namespace: it would move the"
                            + " others that share its carrier");
        }
        int home = HomeNamespace.fd();
        CallState state = CallState.get();
        if (state.away) {
            throw new IllegalStateException("already inside another network namespace");
        }
        acquire();
        try {
            LinuxException.check(
                    "setns", fd(), Libc.setns(state, descriptor.fd(), Libc.CLONE_NEWNET));
            state.away = true;
            try {
                return action.call();
            } finally {
                goHome(state, home);
            }
        } finally {
            descriptor.release();
        }
    }

    /**
     * The kernel's number for this namespace (SO_NETNS_COOKIE, Linux 5.14), the same for every
     * socket made in it.
     */
    public long cookie() throws IOException {
        int socket =
                call(
                        () ->
                                LinuxException.check(
                                        "socket",
                                        "AF_INET",
                                        Libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC)));
        try {
            CallState state = CallState.get();
            LinuxException.check(
                    "getsockopt",
                    "SO_NETNS_COOKIE",
                    Libc.getLongOption(state, socket, Libc.SOL_SOCKET, SO_NETNS_COOKIE));
            return state.scratch.get(ValueLayout.JAVA_LONG, 0);
        } finally {
            Libc.close(socket);
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return id + (descriptor.isClosed() ? " (closed)" : "");
    }

    private static void goHome(CallState state, int home) {
        int result = Libc.setns(state, home, Libc.CLONE_NEWNET);
        if (result < 0) {
            System.err.println(
                    "fatal: cannot return to the own network namespace: "
                            + Libc.describe(-result)
                            + "; going on would send our traffic into a pod");
            Runtime.getRuntime().halt(1);
        }
        state.away = false;
    }

    private void acquire() throws IOException {
        if (!descriptor.acquire()) {
            throw new IOException("network namespace " + id + " is closed");
        }
    }

    private static Id identify(int fd) throws IOException {
        Map<String, Object> stat =
                Files.readAttributes(Path.of("/proc/self/fd/" + fd), "unix:dev,ino");
        return new Id(number(stat, "dev"), number(stat, "ino"));
    }

    private static long number(Map<String, Object> stat, String name) throws IOException {
        if (stat.get(name) instanceof Number value) {
            return value.longValue();
        }
        throw new IOException("fstat gives no " + name);
    }
}
