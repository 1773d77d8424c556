package io.ztunnel.sandbox.conformance.mesh;

import io.ztunnel.sandbox.conformance.peer.Place;
import io.ztunnel.sandbox.process.KeptProcess;
import io.ztunnel.sandbox.supervisor.ReadinessProbe;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The ztunnel of one node, as its operator sees it. */
public final class Ztunnel {
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final int ADMIN = 15000;
    private static final int STATS = 15020;

    private final Place place;
    private final Path log;
    private final KeptProcess process;
    private CompletableFuture<Void> stopped = new CompletableFuture<>();
    private boolean running;

    Ztunnel(Place place, Path log, KeptProcess process) {
        this.place = place;
        this.log = log;
        this.process = process;
    }

    public Place place() {
        return place;
    }

    void start() {
        running = true;
        stopped = new CompletableFuture<>();
        process.start();
    }

    /** Sends SIGTERM and returns. */
    public void stop() {
        running = false;
        stopped = process.stop(GRACE);
    }

    boolean isRunning() {
        return running;
    }

    /** Completes when a ztunnel that was stopped is gone. */
    public CompletableFuture<Void> stopped() {
        return stopped;
    }

    boolean isReady() {
        return process.pid().isPresent()
                && ReadinessProbe.ask(
                                io.ztunnel.sandbox.net.SandboxNames.path(place.namespace()),
                                Runnable::run)
                        .join();
    }

    /** How long its log is now, in bytes. */
    public long logSize() throws IOException {
        return Files.exists(log) ? Files.size(log) : 0;
    }

    /** What it has logged after that point, whole lines only. */
    public List<LogLine> log(long from) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[Math.toIntExact(Math.max(0, file.length() - from))];
            file.seek(from);
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            int end = text.lastIndexOf('\n');
            return end < 0
                    ? List.of()
                    : text.substring(0, end)
                            .lines()
                            .flatMap(line -> LogLine.parse(line).stream())
                            .toList();
        }
    }

    public Metrics metrics() throws IOException {
        return Metrics.parse(get(STATS, "GET", "/metrics").body());
    }

    /** A page of its admin server. */
    public HttpCall admin(String method, String path) throws IOException {
        return get(ADMIN, method, path);
    }

    private HttpCall get(int port, String method, String path) throws IOException {
        return HttpCall.send(
                place,
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
                method,
                path);
    }
}
