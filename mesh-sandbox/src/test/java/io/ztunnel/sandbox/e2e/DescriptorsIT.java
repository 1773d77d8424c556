package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.e2e.Wire.Route;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A ztunnel that has no file descriptors left lets clients wait, does not spin, and recovers. */
class DescriptorsIT {
    /** The client's. */
    private static final String NODE = "node2";

    private static final InetSocketAddress ECHO = new Route(IpFamily.IPV4, false).echo();

    /** What it may open beyond what it has open already. */
    private static final int SPARE = 40;

    /** More than that, and fewer than would fill the listener's backlog as well. */
    private static final int DIALLED = 150;

    private static final long WATCHED_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int METRICS = 15020;
    private static final Pattern FAILURES =
            Pattern.compile("(?m)^ztunnel_accept_failures_total\\{listener=\"outbound\"} (\\d+)");

    /** Of user and system, in ticks of a hundredth of a second: proc_pid_stat(5). */
    private static double cpuSeconds(Place node) throws IOException {
        String stat = Files.readString(proc(node, "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static long descriptors(Place node) throws IOException {
        try (Stream<Path> open = Files.list(proc(node, "fd"))) {
            return open.count();
        }
    }

    private static Path proc(Place node, String file) {
        return Path.of("/proc", Long.toString(node.process()), file);
    }

    private static boolean isEchoed(SocketChannel channel) throws IOException {
        channel.socket().setSoTimeout((int) Mesh.LIMIT.toMillis());
        channel.socket().getOutputStream().write('x');
        return channel.socket().getInputStream().read() == 'x';
    }

    private static boolean isServed(Place client) {
        try (SocketChannel channel = client.connect(ECHO)) {
            return isEchoed(channel);
        } catch (IOException refused) {
            return false;
        }
    }

    private static long failures(Place node) throws IOException {
        InetSocketAddress metrics =
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), METRICS);
        try (SocketChannel channel = node.connect(metrics)) {
            channel.socket()
                    .getOutputStream()
                    .write(
                            "GET /metrics HTTP/1.1\r\nHost: z\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            String text =
                    new String(
                            channel.socket().getInputStream().readAllBytes(),
                            StandardCharsets.UTF_8);
            Matcher count = FAILURES.matcher(text);
            return count.find() ? Long.parseLong(count.group(1)) : 0;
        }
    }

    @Test
    void withoutDescriptorsClientsWaitAndTheRestGoesOn() throws Exception {
        try (Mesh mesh = Mesh.up("src/test/resources/e2e/two-nodes", IpFamily.IPV4)) {
            mesh.awaitConfig(NODE, "workloads", "mesh +echo .*HBONE");
            Place client = mesh.pod("client.mesh");
            Place node = mesh.node(NODE);
            Mesh.awaitTrue("the client is served", () -> isServed(client));
            assertThat(failures(node)).isZero();
            List<SocketChannel> dialled = new ArrayList<>();
            try (SocketChannel kept = client.connect(ECHO)) {
                assertThat(isEchoed(kept)).isTrue();
                long limit = descriptors(node) + SPARE;
                Command.run(
                                Duration.ofSeconds(10),
                                List.of(
                                        "prlimit",
                                        "--pid",
                                        Long.toString(node.process()),
                                        "--nofile=" + limit + ":" + limit))
                        .orFail();
                for (int i = 0; i < DIALLED; i++) {
                    SocketChannel channel = client.open();
                    dialled.add(channel);
                    channel.configureBlocking(false);
                    boolean _ = channel.connect(ECHO);
                }
                mesh.awaitLine(NODE, 0, line -> line.contains("outbound: accept failed"));

                double before = cpuSeconds(node);
                LockSupport.parkNanos(WATCHED_NANOS);
                assertThat(cpuSeconds(node) - before)
                        .as("CPU seconds in three of the clock")
                        .isLessThan(1.5);
                assertThat(isEchoed(kept)).as("what is open is served").isTrue();
            } finally {
                for (SocketChannel channel : dialled) {
                    channel.close();
                }
            }
            Mesh.awaitTrue("new connections are served", () -> isServed(client));
            assertThat(failures(node)).isPositive();
            assertThat(mesh.lines(NODE, 0, line -> line.contains("outbound: accept failed")))
                    .as("a line in ten seconds")
                    .hasSizeLessThan(10);
            assertThat(mesh.node(NODE).process())
                    .as("it is the same process")
                    .isEqualTo(node.process());
        }
    }
}
