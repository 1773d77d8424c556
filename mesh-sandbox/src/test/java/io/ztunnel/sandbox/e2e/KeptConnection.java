package io.ztunnel.sandbox.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A connection to an HTTP/1.1 server that stays open between requests. */
final class KeptConnection implements AutoCloseable {
    private final SocketChannel channel;

    private KeptConnection(SocketChannel channel) {
        this.channel = channel;
    }

    static KeptConnection open(Place from, InetSocketAddress to) throws IOException {
        return new KeptConnection(from.connect(to));
    }

    /** The head of the answer; its body has been read. */
    String get(String path) throws IOException {
        channel.socket().setSoTimeout((int) Mesh.LIMIT.toMillis());
        String request = "GET " + path + " HTTP/1.1\r\nHost: app\r\n\r\n";
        channel.socket().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = channel.socket().getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed within the answer: " + head);
            }
            head.append((char) next);
        }
        String length = head.toString().replaceAll("(?is).*content-length: (\\d+).*", "$1");
        in.readNBytes(Integer.parseInt(length));
        return head.toString();
    }

    /** Whether the other end closes or resets it in that time, without a byte. */
    boolean isCutWithin(Duration limit) throws IOException {
        channel.socket().setSoTimeout((int) limit.toMillis());
        try {
            return channel.socket().getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
