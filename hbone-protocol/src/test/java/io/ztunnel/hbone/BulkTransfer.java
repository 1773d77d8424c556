package io.ztunnel.hbone;

import com.sun.management.ThreadMXBean;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/**
 * A program: bulk data from socket to socket through two relays and the tunnel between them, and
 * what the event loop of each half allocates meanwhile, per MiB and once the JIT has settled. Must
 * run with {@code -XX:-UseTLAB}: then every single object has an event with its stack. Prints for
 * each direction and half
 *
 * <pre>
 * upload client bytes=14390 objects=0.90
 *   0.45 io.netty.channel.epoll.EpollIoOps, 16 bytes
 *     at ...
 * </pre>
 *
 * the bytes being those of the whole loop, the objects those that our code has asked for.
 */
final class BulkTransfer {
    private static final int MIB = 1 << 20;
    private static final int WARM_UP_MIB = 192;
    private static final int MEASURED_MIB = 32;
    private static final int ROUNDS = 3;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Socket from;
    private final Socket to;
    private final byte[] sent = new byte[256 << 10];
    private final byte[] received = new byte[256 << 10];

    private BulkTransfer(Socket from, Socket to) {
        this.from = from;
        this.to = to;
    }

    public static void main(String[] args) throws Exception {
        try (HboneRelay mesh =
                        new HboneRelay(HboneSettings.DEFAULTS, PooledByteBufAllocator.DEFAULT);
                Socket client = mesh.dial();
                Socket app = mesh.accept()) {
            Half clientHalf = new Half("client", mesh.clientLoop());
            Half serverHalf = new Half("server", mesh.serverLoop());
            for (String direction : new String[] {"upload", "download"}) {
                boolean up = direction.equals("upload");
                var transfer = new BulkTransfer(up ? client : app, up ? app : client);
                transfer.carry(WARM_UP_MIB);
                for (int round = 0; round < ROUNDS; round++) {
                    transfer.measure(clientHalf, serverHalf);
                }
                clientHalf.report(direction);
                serverHalf.report(direction);
            }
        }
    }

    private void measure(Half client, Half server) throws Exception {
        try (Allocations allocations = Allocations.record()) {
            client.begin();
            server.begin();
            carry(MEASURED_MIB);
            client.end();
            server.end();
            allocations.stop();
            client.take(allocations);
            server.take(allocations);
        }
    }

    private void carry(int mib) throws IOException {
        CompletableFuture<Void> sending =
                CompletableFuture.runAsync(
                        () -> send(mib), command -> new Thread(command, "sender").start());
        long left = (long) mib * MIB;
        while (left > 0) {
            int read = to.getInputStream().read(received);
            if (read < 0) {
                throw new IOException("the connection ended " + left + " bytes early");
            }
            left -= read;
        }
        sending.join();
    }

    private void send(int mib) {
        try {
            OutputStream out = from.getOutputStream();
            for (long left = (long) mib * MIB; left > 0; left -= sent.length) {
                out.write(sent);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One event loop, and the best of its rounds: code that is compiled late, or again, is not
     * steady state.
     */
    private static final class Half {
        private final String name;
        private final long thread;
        private long before;
        private long bytes = Long.MAX_VALUE;
        private Allocations.Ours ours = Allocations.Ours.UNKNOWN;

        Half(String name, EventLoop loop) throws Exception {
            this.name = name;
            this.thread = loop.submit(() -> Thread.currentThread().threadId()).get();
        }

        void begin() {
            before = THREADS.getThreadAllocatedBytes(thread);
        }

        void end() {
            bytes = Math.min(bytes, THREADS.getThreadAllocatedBytes(thread) - before);
        }

        void take(Allocations allocations) throws IOException {
            Allocations.Ours now = allocations.ours(thread);
            if (now.objects() < ours.objects()) {
                ours = now;
            }
        }

        void report(String direction) {
            System.out.printf(
                    "%s %s bytes=%d objects=%.2f%n%s",
                    direction,
                    name,
                    bytes / MEASURED_MIB,
                    (double) ours.objects() / MEASURED_MIB,
                    ours.text(MEASURED_MIB));
            bytes = Long.MAX_VALUE;
            ours = Allocations.Ours.UNKNOWN;
        }
    }
}
