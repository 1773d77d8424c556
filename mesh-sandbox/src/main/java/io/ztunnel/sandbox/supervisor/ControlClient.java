package io.ztunnel.sandbox.supervisor;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.synthetic.SyntheticMesh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Asks a supervisor. */
public final class ControlClient {
    /** More than the supervisor takes for anything. */
    private static final Duration LONGEST = Duration.ofSeconds(150);

    private final Path socket;

    public ControlClient(Path socket) {
        this.socket = socket;
    }

    /** Whether a supervisor answers. */
    public boolean isAnswered() {
        try (SocketChannel _ = connect()) {
            return true;
        } catch (IOException nobody) {
            return false;
        }
    }

    /** See {@link Supervisor#status}. */
    public Map<String, Object> status() throws IOException {
        if (ask(Map.of("command", "status"), line -> {}) instanceof Map<?, ?> report) {
            Map<String, Object> typed = new LinkedHashMap<>();
            report.forEach((key, value) -> typed.put(String.valueOf(key), value));
            return typed;
        }
        throw new IOException("the supervisor's status is no object");
    }

    /**
     * Returns when everything is ready.
     *
     * @param progress takes a line for everything that happens meanwhile
     * @throws IOException saying what is not, when it takes too long
     */
    public void awaitReady(Consumer<String> progress) throws IOException {
        ask(Map.of("command", "await-ready"), progress);
    }

    public void controlPlane(boolean run) throws IOException {
        ask(Map.of("command", "control-plane", "run", run), line -> {});
    }

    /** See {@link Supervisor#synthesize}. */
    public void synthesize(SyntheticMesh mesh) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>(mesh.toMap());
        request.put("command", "synthesize");
        ask(request, line -> {});
    }

    /** See {@link Supervisor#restart}. */
    public void restart(String target) throws IOException {
        ask(Map.of("command", "restart", "target", target), line -> {});
    }

    /** Returns when the sandbox is gone. */
    public void down() throws IOException {
        ask(Map.of("command", "down"), line -> {});
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
    }

    private Object ask(Map<String, Object> request, Consumer<String> progress) throws IOException {
        try (SocketChannel channel = connect();
                Limit _ = new Limit(channel);
                var out = Channels.newOutputStream(channel);
                var in =
                        new BufferedReader(
                                new InputStreamReader(
                                        Channels.newInputStream(channel),
                                        StandardCharsets.UTF_8))) {
            out.write((JSON.std.asString(request) + "\n").getBytes(StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Map<String, Object> message = JSON.std.mapFrom(line);
                if (message.get("progress") instanceof String text) {
                    progress.accept(text);
                } else if (message.get("error") instanceof String text) {
                    throw new IOException(text);
                }
                Object answer = message.get("done");
                if (answer != null) {
                    return answer;
                }
            }
            throw new IOException("the supervisor went away without an answer");
        }
    }

    /** Ends a conversation with a supervisor that hangs: a UNIX socket channel has no timeout. */
    private static final class Limit implements AutoCloseable {
        private final Thread thread;

        Limit(SocketChannel channel) {
            thread =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try (channel) {
                                            Thread.sleep(LONGEST);
                                        } catch (InterruptedException answered) {
                                            Thread.currentThread().interrupt();
                                        } catch (IOException closed) {
                                            // It is of no use either way.
                                        }
                                    });
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
