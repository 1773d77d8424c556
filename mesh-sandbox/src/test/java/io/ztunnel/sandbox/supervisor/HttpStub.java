package io.ztunnel.sandbox.supervisor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A process that says yes to whoever asks on a port: a ready ztunnel, or an app. */
public final class HttpStub {
    private HttpStub() {}

    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress("::", Integer.parseInt(arguments[0])));
            System.out.println("listens on " + arguments[0]);
            while (true) {
                try (Socket socket = server.accept()) {
                    socket.setSoTimeout(1_000);
                    socket.getInputStream().readNBytes(1);
                    socket.getOutputStream()
                            .write(
                                    "HTTP/1.0 200 OK\r\n\r\nyes\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException gone) {
                    System.out.println(gone.toString());
                }
            }
        }
    }
}
