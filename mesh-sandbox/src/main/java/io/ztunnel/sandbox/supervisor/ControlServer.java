package io.ztunnel.sandbox.supervisor;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.synthetic.SyntheticMesh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Takes requests on a UNIX socket: one JSON object on one line, answered by lines of JSON, the last
 * of which holds {@code done} or {@code error}. Who may open the socket may do anything with the
 * sandbox; its folder is the owner's alone.
 */
public final class ControlServer implements AutoCloseable {
    private static final int MAX_REQUEST = 4_096;
    private static final int MAX_CONNECTIONS = 32;
    private static final int REQUEST_SECONDS = 5;
    private static final int READY_SECONDS = 90;
    private static final int POLL_MILLIS = 100;

    private final Supervisor supervisor;
    private final EventLog log;
    private final Runnable down;
    private final Path path;
    private final ServerSocketChannel server;
    private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);
    private final ScheduledExecutorService watchdog =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("sandbox-control-watchdog").factory());

    private ControlServer(
            Supervisor supervisor,
            EventLog log,
            Runnable down,
            Path path,
            ServerSocketChannel server) {
        this.supervisor = supervisor;
        this.log = log;
        this.down = down;
        this.path = path;
        this.server = server;
    }

    /**
     * Listens at a path that no one else uses.
     *
     * @param down ends the sandbox; the requester is answered when it returns
     */
    public static ControlServer listen(
            Path path, Supervisor supervisor, EventLog log, Runnable down) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        ControlServer control = new ControlServer(supervisor, log, down, path, server);
        Thread.ofPlatform().daemon().name("sandbox-control").start(control::acceptAll);
        return control;
    }

    private void acceptAll() {
        while (server.isOpen()) {
            try {
                SocketChannel connection = server.accept();
                if (connections.tryAcquire()) {
                    Thread.ofVirtual().start(() -> serve(connection));
                } else {
                    connection.close();
                }
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException failed) {
                log.add("error: cannot accept a request: " + failed);
                return;
            }
        }
    }

    private void serve(SocketChannel connection) {
        // A UNIX socket channel has no read timeout of its own.
        var late = watchdog.schedule(() -> shut(connection), REQUEST_SECONDS, TimeUnit.SECONDS);
        try (connection;
                InputStream in = Channels.newInputStream(connection);
                OutputStream out = Channels.newOutputStream(connection)) {
            String line = readLine(in);
            late.cancel(false);
            answer(line, out);
        } catch (IOException gone) {
            // The requester went away, or did not say what it wants.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            late.cancel(false);
            connections.release();
        }
    }

    private static void shut(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException closing) {
            // It is closed either way.
        }
    }

    private static String readLine(InputStream in) throws IOException {
        var reader =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), MAX_REQUEST);
        char[] text = new char[MAX_REQUEST];
        int length = 0;
        for (int next = reader.read(); next >= 0 && next != '\n'; next = reader.read()) {
            if (length == MAX_REQUEST) {
                throw new IOException("request is longer than " + MAX_REQUEST);
            }
            text[length++] = (char) next;
        }
        return new String(text, 0, length);
    }

    private void answer(String line, OutputStream out) throws IOException, InterruptedException {
        try {
            Map<String, Object> request = JSON.std.mapFrom(line);
            String command = String.valueOf(request.get("command"));
            switch (command) {
                case "status" -> send(out, "done", supervisor.status());
                case "await-ready" -> awaitReady(out);
                case "control-plane" -> {
                    supervisor.controlPlane(Boolean.TRUE.equals(request.get("run")));
                    send(out, "done", true);
                }
                case "synthesize" -> {
                    supervisor.synthesize(SyntheticMesh.ofMap(request));
                    send(out, "done", true);
                }
                case "restart" -> {
                    supervisor.restart(String.valueOf(request.get("target")));
                    send(out, "done", true);
                }
                case "down" -> {
                    down.run();
                    send(out, "done", true);
                }
                default -> send(out, "error", "unknown command '" + command + "'");
            }
        } catch (IOException | IllegalArgumentException failed) {
            send(out, "error", String.valueOf(failed.getMessage()));
        }
    }

    /** Sends what happens until all is ready, then what is not if it took too long. */
    private void awaitReady(OutputStream out) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        long told = 0;
        while (true) {
            for (EventLog.Event event : log.after(told, POLL_MILLIS)) {
                send(out, "progress", event.line());
                told = event.number();
            }
            List<String> missing = supervisor.notReady();
            if (missing.isEmpty()) {
                send(out, "done", true);
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                send(
                        out,
                        "error",
                        "not ready after " + READY_SECONDS + " s: " + String.join("; ", missing));
                return;
            }
        }
    }

    private static void send(OutputStream out, String key, Object value) throws IOException {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put(key, value);
        out.write((JSON.std.asString(message) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Takes no further request; those being answered go on. Idempotent. */
    @Override
    public void close() throws IOException {
        server.close();
        watchdog.shutdown();
        Files.deleteIfExists(path);
    }
}
