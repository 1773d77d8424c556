package io.ztunnel.daemon.proxy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** What a client sees of its connection. */
final class TestSockets {
    private TestSockets() {}

    /** Whether an {@link EchoApp} is reached through it. */
    static boolean echoes(Socket socket) {
        try {
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
            return socket.getInputStream().readNBytes(5).length == 5;
        } catch (IOException refused) {
            return false;
        }
    }

    /** Whether it comes to an end, good or bad, within the socket's own time limit. */
    static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().read() == -1;
        } catch (IOException reset) {
            return String.valueOf(reset.getMessage()).contains("reset");
        }
    }
}
