package io.ztunnel.sandbox.conformance.mesh;

import io.ztunnel.sandbox.conformance.peer.Place;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One HTTP/1.1 request from inside a namespace, and what came back until the server closed. */
public record HttpCall(int status, String head, String body) {
    private static final int LIMIT_MILLIS = 10_000;

    /** On a platform thread. */
    public static HttpCall send(Place from, InetSocketAddress to, String method, String path)
            throws IOException {
        String request =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                        + "Connection: close\r\n\r\n";
        try (SocketChannel channel = from.connect(to)) {
            channel.socket().setSoTimeout(LIMIT_MILLIS);
            channel.socket().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return parse(
                    new String(
                            channel.socket().getInputStream().readAllBytes(),
                            StandardCharsets.UTF_8));
        }
    }

    private static HttpCall parse(String answer) throws IOException {
        int end = answer.indexOf("\r\n\r\n");
        String[] first = answer.split("\r\n", 2)[0].split(" ", 3);
        if (end < 0 || first.length < 2 || !first[1].matches("\\d{3}")) {
            throw new IOException("no HTTP answer: '" + answer + "'");
        }
        String head = answer.substring(0, end);
        String body = answer.substring(end + 4);
        return new HttpCall(
                Integer.parseInt(first[1]),
                head,
                head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked")
                        ? unchunk(body)
                        : body);
    }

    private static String unchunk(String body) throws IOException {
        StringBuilder whole = new StringBuilder();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (at < bytes.length) {
            int line = at;
            while (line < bytes.length && bytes[line] != '\r') {
                line++;
            }
            String digits = new String(bytes, at, line - at, StandardCharsets.US_ASCII);
            int size;
            try {
                size = Integer.parseInt(digits.strip(), 16);
            } catch (NumberFormatException e) {
                throw new IOException("a chunk of size '" + digits + "'", e);
            }
            if (size == 0) {
                break;
            }
            whole.append(new String(bytes, line + 2, size, StandardCharsets.UTF_8));
            at = line + 2 + size + 2;
        }
        return whole.toString();
    }
}
