package io.ztunnel.sandbox.conformance.peer;

import io.netty.util.NetUtil;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An application's TCP connection. It reads all the time, so that a reset is seen when it comes.
 */
public final class SocketPeer implements Peer {
    private static final int WRITE_SECONDS = 20;

    /** Small, since thousands of idle ones have to fit; it grows with what comes. */
    private static final int FIRST_READ = 2 * 1024;

    private static final int LARGEST_READ = 64 * 1024;

    private final SocketChannel channel;
    private final Inbox inbox = new Inbox();
    private final String local;
    private final String remote;

    private SocketPeer(SocketChannel channel) throws IOException {
        this.channel = channel;
        this.local = text((InetSocketAddress) channel.getLocalAddress());
        this.remote = text((InetSocketAddress) channel.getRemoteAddress());
    }

    /** Takes over a connected channel in blocking mode. */
    public static SocketPeer over(SocketChannel channel) throws IOException {
        SocketPeer peer = stalled(channel);
        Thread.ofVirtual().name("reader of " + peer.local).start(peer::readAll);
        return peer;
    }

    /** As {@link #over}, but it never reads. */
    static SocketPeer stalled(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new SocketPeer(channel);
    }

    /** As logs write it: an IPv6 address in brackets. */
    public static String text(InetSocketAddress address) {
        return NetUtil.toSocketAddressString(address);
    }

    private void readAll() {
        ByteBuffer buffer = ByteBuffer.allocate(FIRST_READ);
        try {
            while (channel.read(buffer.clear()) >= 0) {
                inbox.received(Arrays.copyOf(buffer.array(), buffer.position()));
                if (!buffer.hasRemaining() && buffer.capacity() < LARGEST_READ) {
                    buffer = ByteBuffer.allocate(2 * buffer.capacity());
                }
            }
            inbox.ended(new Inbox.End.Finished());
        } catch (AsynchronousCloseException own) {
            inbox.ended(new Inbox.End.Lost());
        } catch (IOException reset) {
            inbox.ended(new Inbox.End.WasReset("RST"));
        }
    }

    @Override
    public Inbox inbox() {
        return inbox;
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                                while (buffer.hasRemaining()) {
                                    channel.write(buffer);
                                }
                                written.complete(null);
                            } catch (IOException | RuntimeException failed) {
                                written.completeExceptionally(failed);
                            }
                        });
        await(written);
    }

    static void await(CompletableFuture<?> written) throws IOException {
        try {
            written.get(WRITE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new IOException("cannot write: " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new IOException(
                    "what is written is not taken within " + WRITE_SECONDS + " s", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    @Override
    public void finish() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void reset(String code) throws IOException {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (ClosedChannelException closed) {
            return;
        }
        channel.close();
    }

    @Override
    public String local() {
        return local;
    }

    @Override
    public String remote() {
        return remote;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException gone) {
            // Then there is nothing to close.
        }
    }
}
