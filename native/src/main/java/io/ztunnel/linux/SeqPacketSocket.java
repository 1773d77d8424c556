package io.ztunnel.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connected Unix domain socket of type SEQPACKET: it carries records, not a stream, and file
 * descriptors with them (unix(7)). The JDK and Netty offer neither the type nor a read that keeps
 * payload and descriptors together.
 *
 * <p>Thread-safe: one may send while another waits in receive. {@link #shutdown} and {@link #close}
 * wake a receiver; an interrupt does not.
 */
public final class SeqPacketSocket implements AutoCloseable {
    /** SCM_MAX_FD, the kernel's own limit. */
    private static final int MAX_SENT_DESCRIPTORS = 253;

    /** More than anybody needs to send us; what is beyond is dropped by the kernel and reported. */
    static final int MAX_RECEIVED_DESCRIPTORS = 8;

    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private final OwnedDescriptor descriptor;
    private final Object sendLock = new Object();
    private final Object receiveLock = new Object();
    private final MessageBuffer outgoing;
    private final MessageBuffer incoming;

    SeqPacketSocket(int fd, int maxRecord) {
        descriptor = new OwnedDescriptor(fd);
        outgoing = new MessageBuffer(maxRecord, MAX_SENT_DESCRIPTORS);
        incoming = new MessageBuffer(maxRecord, MAX_RECEIVED_DESCRIPTORS);
    }

    /**
     * Connects to the listener at that path.
     *
     * @param maxRecord the longest record in bytes, for both directions
     * @param limit how long connect, and later each send, may wait for a peer that is too busy
     * @throws LinuxException when nobody listens there (ENOENT, ECONNREFUSED), its queue stays full
     *     (EAGAIN), or the socket is of another type (EPROTOTYPE)
     */
    public static SeqPacketSocket connect(Path path, int maxRecord, Duration limit)
            throws IOException {
        int fd =
                LinuxException.check(
                        "socket",
                        "AF_UNIX, SOCK_SEQPACKET",
                        Libc.socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_SEQPACKET_CLOEXEC));
        boolean connected = false;
        try (Arena arena = Arena.ofConfined()) {
            var address = UnixAddress.of(path, arena);
            LinuxException.check(
                    "setsockopt", "SO_SNDTIMEO", SocketCalls.setSendTimeout(fd, limit));
            int result;
            do {
                result = SocketCalls.connect(fd, address);
            } while (result == -Libc.EINTR);
            LinuxException.check("connect", path.toString(), result);
            connected = true;
            return new SeqPacketSocket(fd, maxRecord);
        } finally {
            if (!connected) {
                Libc.close(fd);
            }
        }
    }

    /**
     * Sends one record. The descriptors stay open here; the peer gets duplicates.
     *
     * @param bytes at least one byte: the peer cannot tell an empty record from the end
     * @throws LinuxException when the peer has gone (EPIPE, ECONNRESET) or does not read (EAGAIN)
     */
    public void send(ByteBuffer bytes, int... descriptors) throws IOException {
        int length = bytes.remaining();
        if (length == 0 || length > outgoing.capacity()) {
            throw new IllegalArgumentException(
                    "a record has 1 to " + outgoing.capacity() + " bytes, not " + length);
        }
        if (descriptors.length > MAX_SENT_DESCRIPTORS) {
            throw new IllegalArgumentException(
                    "a record carries up to %d descriptors, not %d"
                            .formatted(MAX_SENT_DESCRIPTORS, descriptors.length));
        }
        acquire();
        try {
            synchronized (sendLock) {
                outgoing.prepareToSend(bytes, descriptors);
                int result;
                do {
                    result =
                            SocketCalls.sendMessage(
                                    descriptor.fd(), outgoing.header(), MSG_NOSIGNAL);
                } while (result == -Libc.EINTR);
                LinuxException.check("sendmsg", descriptor.fd(), result);
            }
        } finally {
            descriptor.release();
        }
        bytes.position(bytes.limit());
    }

    /**
     * Waits for the next record. The descriptors in it are marked close-on-exec and belong to the
     * packet.
     *
     * @param limit how long to wait; zero looks and returns
     * @throws LinuxException when the peer went without reading all we sent (ECONNRESET)
     */
    public Received receive(Duration limit) throws IOException {
        if (!descriptor.acquire()) {
            return Received.Nothing.END_OF_STREAM;
        }
        try {
            if (!SocketCalls.awaitReadable(descriptor.fd(), limit)) {
                return Received.Nothing.TIMED_OUT;
            }
            synchronized (receiveLock) {
                incoming.prepareToReceive();
                int result;
                do {
                    result =
                            SocketCalls.receiveMessage(
                                    descriptor.fd(),
                                    incoming.header(),
                                    MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
                } while (result == -Libc.EINTR);
                if (result == -Libc.EAGAIN) {
                    // Another receiver was quicker.
                    return Received.Nothing.TIMED_OUT;
                }
                LinuxException.check("recvmsg", descriptor.fd(), result);
                Packet packet = incoming.received(result);
                if (result == 0) {
                    packet.close();
                    return Received.Nothing.END_OF_STREAM;
                }
                return packet;
            }
        } finally {
            descriptor.release();
        }
    }

    /** Ends both directions: the peer sees the end, and so does who is waiting in receive. */
    public void shutdown() {
        if (descriptor.acquire()) {
            try {
                SocketCalls.shutdown(descriptor.fd());
            } finally {
                descriptor.release();
            }
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        shutdown();
        descriptor.close();
    }

    private void acquire() throws IOException {
        if (!descriptor.acquire()) {
            throw new IOException("the socket is closed");
        }
    }
}
