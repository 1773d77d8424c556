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
import java.util.stream.Stream;

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

    /** Sends SIGINT and returns. */
    public void interrupt() throws IOException {
        String pid = pid();
        running = false;
        stopped = process.awaitEnd(GRACE);
        Process kill = new ProcessBuilder("kill", "-INT", pid).inheritIO().start();
        if (kill.onExit().join().exitValue() != 0) {
            throw new IOException("cannot send SIGINT to " + pid);
        }
    }

    /** Asks its admin server to end it. */
    public HttpCall quit() throws IOException {
        running = false;
        stopped = process.awaitEnd(GRACE);
        return admin("POST", "/quitquitquit");
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

    /** How many file descriptors its process has. */
    public int descriptors() throws IOException {
        try (Stream<Path> all = Files.list(proc("fd"))) {
            return Math.toIntExact(all.count());
        }
    }

    /** How much of its process is in memory. */
    public long residentBytes() throws IOException {
        try (Stream<String> lines = Files.lines(proc("status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> line.replaceAll("\\D", ""))
                    .mapToLong(kibibytes -> 1024 * Long.parseLong(kibibytes))
                    .sum();
        }
    }

    private Path proc(String file) throws IOException {
        return Path.of("/proc", pid(), file);
    }

    private String pid() throws IOException {
        return Long.toString(
                process.pid()
                        .orElseThrow(() -> new IOException("the ztunnel does not run any more")));
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
