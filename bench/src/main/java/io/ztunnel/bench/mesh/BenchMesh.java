package io.ztunnel.bench.mesh;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * One candidate's mesh: two nodes with a ztunnel each, the pods of {@code bench/mesh}, control
 * plane and waypoint. Every candidate has its own, all are up at the same time, and one is used at
 * a time. Taken down when closed, also by the shutdown of this JVM.
 */
public final class BenchMesh implements AutoCloseable {
    private static final Duration UP_LIMIT = Duration.ofMinutes(3);
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(1);
    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final int READINESS_PORT = 15021;

    /** Addresses that the client pod may call its own without having them configured. */
    private static final String EXTRA_SOURCES = "10.250.0.0/16";

    private final Path dist;
    private final Candidate candidate;
    private final String id;
    private final Map<String, Place> places = new HashMap<>();
    private final Thread hook = new Thread(this::takeDown, "bench-down");

    private BenchMesh(Path dist, Candidate candidate, String id) {
        this.dist = dist;
        this.candidate = candidate;
        this.id = id;
    }

    /**
     * @param dist where {@code bin/ztunnel-sandbox} is
     * @param id of the sandbox, see there
     * @param extra added to that of the ztunnels
     */
    public static BenchMesh up(
            Path dist, Path manifests, Candidate candidate, String id, Map<String, String> extra)
            throws IOException {
        BenchMesh mesh = new BenchMesh(dist, candidate, id);
        Runtime.getRuntime().addShutdownHook(mesh.hook);
        Map<String, String> environment = new HashMap<>(extra);
        environment.put("ZTUNNEL_BIN", candidate.executable().toString());
        try {
            Commands.run(
                    UP_LIMIT,
                    environment,
                    List.of(
                            mesh.sandbox(),
                            "up",
                            manifests.toString(),
                            "--id",
                            id,
                            "--families",
                            "IPv4"));
            mesh.find();
            mesh.prepare();
            return mesh;
        } catch (IOException | RuntimeException failed) {
            mesh.close();
            throw failed;
        }
    }

    private String sandbox() {
        return dist.resolve("bin/ztunnel-sandbox").toString();
    }

    public Candidate candidate() {
        return candidate;
    }

    /** A pod as {@code NAME.NAMESPACE}, or a node. */
    public Place place(String name) {
        Place place = places.get(name);
        if (place == null) {
            throw new IllegalArgumentException("the mesh has no " + name);
        }
        return place;
    }

    private void find() throws IOException {
        for (Map<?, ?> node : entries("nodes")) {
            places.put(String.valueOf(node.get("name")), place(node));
        }
        for (Map<?, ?> pod : entries("pods")) {
            places.put(pod.get("name") + "." + pod.get("namespace"), place(pod));
        }
    }

    private static Place place(Map<?, ?> entry) throws IOException {
        String name = String.valueOf(entry.get("networkNamespace"));
        if (!(entry.get("addresses") instanceof List<?> addresses)) {
            throw new IOException(name + " has no address");
        }
        return new Place(
                NetworkNamespace.named(name),
                name,
                InetAddress.ofLiteral(String.valueOf(addresses.getFirst())));
    }

    /** Ports enough for many short connections, and source addresses enough for many tunnels. */
    private void prepare() throws IOException {
        for (String pod : List.of("client.bench", "server.bench", "client.outside")) {
            Commands.runIn(
                    place(pod),
                    COMMAND_LIMIT,
                    List.of(
                            "sysctl",
                            "-qw",
                            "net.ipv4.ip_local_port_range=10000 65000",
                            "net.ipv4.tcp_tw_reuse=1"));
        }
        Commands.runIn(
                place("client.bench"),
                COMMAND_LIMIT,
                List.of("ip", "route", "add", "local", EXTRA_SOURCES, "dev", "lo"));
    }

    private List<Map<?, ?>> entries(String kind) throws IOException {
        String json =
                Commands.run(
                        COMMAND_LIMIT,
                        Map.of(),
                        List.of(sandbox(), "status", "--id", id, "-o", "json"));
        List<Map<?, ?>> entries = new ArrayList<>();
        if (JSON.std.mapFrom(json).get(kind) instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> map) {
                    entries.add(map);
                }
            }
        }
        return entries;
    }

    /** The processes of the ztunnels, by node. */
    public Map<String, Long> ztunnels() throws IOException {
        Map<String, Long> pids = new LinkedHashMap<>();
        for (Map<?, ?> node : entries("nodes")) {
            if (node.get("pid") instanceof Number pid) {
                pids.put(String.valueOf(node.get("name")), pid.longValue());
            }
        }
        return pids;
    }

    /** Replaces the synthetic part of the mesh; what it takes is the sandbox's to know. */
    public void synthesize(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(sandbox(), "synthesize", "--id", id));
        command.addAll(List.of(options));
        Commands.run(COMMAND_LIMIT, Map.of(), command);
    }

    /**
     * Starts a node's ztunnel anew.
     *
     * @return seconds from the start of the process until it says that it is ready
     */
    public double restart(String node) throws IOException {
        long before = pid(node);
        Commands.run(COMMAND_LIMIT, Map.of(), List.of(sandbox(), "restart", "--id", id, node));
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        long pid = before;
        while (System.nanoTime() < deadline) {
            if (pid == before || pid == 0) {
                if (ProcessHandle.of(before).isPresent()) {
                    pause(5);
                    continue;
                }
                pid = pid(node);
            } else if (isReady(place(node))) {
                return ProcessStat.uptime() - ProcessStat.startedAt(pid);
            } else {
                pause(5);
            }
        }
        throw new IOException(node + " of " + candidate.name() + " does not become ready");
    }

    /** The process of a node's ztunnel; 0 while it does not run. */
    public long pid(String node) throws IOException {
        return ztunnels().getOrDefault(node, 0L);
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }

    /** Asks the readiness port inside the node. */
    private static boolean isReady(Place node) throws IOException {
        try (SocketChannel channel = node.inside(SocketChannel::open)) {
            Socket socket = channel.socket();
            socket.connect(
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), READINESS_PORT),
                    1000);
            String request = "GET /healthz/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(256);
            channel.read(answer);
            String text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
            return text.startsWith("HTTP/1.1 200") || text.startsWith("HTTP/1.0 200");
        } catch (java.net.ConnectException notYet) {
            return false;
        }
    }

    private void takeDown() {
        try {
            Commands.run(COMMAND_LIMIT, Map.of(), List.of(sandbox(), "down", "--id", id));
        } catch (IOException failed) {
            System.err.println("bench: sandbox '" + id + "': " + failed.getMessage());
        }
    }

    @Override
    public void close() {
        for (Place place : places.values()) {
            place.namespace().close();
        }
        takeDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook finds nothing left to do.
        }
    }
}
