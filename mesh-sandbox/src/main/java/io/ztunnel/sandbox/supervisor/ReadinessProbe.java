package io.ztunnel.sandbox.supervisor;

import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Asks a ztunnel, over HTTP inside its node's namespace, whether it is ready, as a kubelet would.
 */
public final class ReadinessProbe {
    private static final int PORT = 15021;
    private static final int LIMIT_MILLIS = 1_000;
    private static final byte[] REQUEST =
            "GET /healthz/ready HTTP/1.0\r\nHost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private ReadinessProbe() {}

    /**
     * Whether it answers 200 within a second. To be called by a platform thread, which only makes
     * the socket.
     *
     * @param waiters where the answer is waited for
     */
    public static CompletableFuture<Boolean> ask(Path namespace, Executor waiters) {
        SocketChannel socket;
        try (NetworkNamespace node = NetworkNamespace.open(namespace)) {
            socket = node.call(SocketChannel::open);
        } catch (IOException noNamespace) {
            return CompletableFuture.completedFuture(false);
        }
        return CompletableFuture.supplyAsync(() -> isReady(socket), waiters);
    }

    private static boolean isReady(SocketChannel socket) {
        try (socket) {
            socket.socket().setSoTimeout(LIMIT_MILLIS);
            socket.socket()
                    .connect(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT),
                            LIMIT_MILLIS);
            socket.socket().getOutputStream().write(REQUEST);
            byte[] status = socket.socket().getInputStream().readNBytes(12);
            return new String(status, StandardCharsets.US_ASCII).matches("HTTP/1\\.[01] 200");
        } catch (IOException notReady) {
            return false;
        }
    }
}
