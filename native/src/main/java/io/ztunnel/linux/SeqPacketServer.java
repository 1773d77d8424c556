package io.ztunnel.linux;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;

/**
 * Listens at a path for {@link SeqPacketSocket}s. Thread-safe; {@link #close} wakes whoever waits
 * in accept.
 */
public final class SeqPacketServer implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final OwnedDescriptor descriptor;
    private final Path path;
    private final int maxRecord;

    private SeqPacketServer(int fd, Path path, int maxRecord) {
        descriptor = new OwnedDescriptor(fd);
        this.path = path;
        this.maxRecord = maxRecord;
    }

    /**
     * Listens at that path, in place of a socket that an earlier listener has left there.
     *
     * @param maxRecord the longest record in bytes, for both directions
     * @throws IOException when the path is too long or holds a file that is no socket
     */
    public static SeqPacketServer listen(Path path, int maxRecord) throws IOException {
        int fd =
                LinuxException.check(
                        "socket",
                        "AF_UNIX, SOCK_SEQPACKET",
                        Libc.socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_SEQPACKET_CLOEXEC));
        boolean listening = false;
        try (Arena arena = Arena.ofConfined()) {
            var address = UnixAddress.of(path, arena);
            removeStale(path);
            LinuxException.check("bind", path.toString(), SocketCalls.bind(fd, address));
            LinuxException.check("listen", path.toString(), SocketCalls.listen(fd, BACKLOG));
            listening = true;
            return new SeqPacketServer(fd, path, maxRecord);
        } finally {
            if (!listening) {
                Libc.close(fd);
            }
        }
    }

    public Path path() {
        return path;
    }

    /**
     * Waits for the next connection.
     *
     * @param limit how long to wait
     * @param sendLimit how long each send on the new socket may wait for its peer
     * @return null when the time is over or the server is closed
     */
    public @Nullable SeqPacketSocket accept(Duration limit, Duration sendLimit) throws IOException {
        if (!descriptor.acquire()) {
            return null;
        }
        try {
            if (!SocketCalls.awaitReadable(descriptor.fd(), limit)) {
                return null;
            }
            int fd = SocketCalls.accept(descriptor.fd());
            if (fd < 0 && (descriptor.isClosed() || fd == -Libc.EINTR)) {
                return null;
            }
            LinuxException.check("accept4", path.toString(), fd);
            int result = SocketCalls.setSendTimeout(fd, sendLimit);
            if (result < 0) {
                Libc.close(fd);
            }
            LinuxException.check("setsockopt", "SO_SNDTIMEO", result);
            return new SeqPacketSocket(fd, maxRecord);
        } finally {
            descriptor.release();
        }
    }

    /** Also removes the path. Idempotent. */
    @Override
    public void close() {
        if (!descriptor.acquire()) {
            return;
        }
        try {
            if (!descriptor.close()) {
                return;
            }
            SocketCalls.shutdown(descriptor.fd());
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The next listener replaces it.
        } finally {
            descriptor.release();
        }
    }

    private static void removeStale(Path path) throws IOException {
        try {
            var attributes =
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isOther()) {
                throw new IOException(path + " is there and is no socket; it is left alone");
            }
            Files.delete(path);
        } catch (NoSuchFileException absent) {
            return;
        }
    }
}
