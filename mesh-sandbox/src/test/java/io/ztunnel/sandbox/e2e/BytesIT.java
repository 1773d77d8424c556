package io.ztunnel.sandbox.e2e;

import static io.ztunnel.sandbox.e2e.Content.MIB;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.e2e.Content.Arrived;
import io.ztunnel.sandbox.e2e.Wire.Route;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What is sent arrives, whole and in order, on every route, and costs the proxies no memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BytesIT {
    private static final long GROWTH_MIB = 64;
    private static final int ECHOES = 200;

    /**
     * Of this a read of 128 KiB on its way in each direction of each echo is 50; the rest is for
     * the compilers of a JVM that has just started. Echoes that pile up would take 200 and more.
     */
    private static final long ECHO_GROWTH_MIB = 96;

    private static final long SLOW_BYTES_PER_SECOND = 8 * MIB;

    private final Mesh mesh;
    private final Place client;
    private final Place server;

    BytesIT() throws IOException {
        mesh = Mesh.up("src/test/resources/e2e/two-nodes", IpFamily.IPV4, IpFamily.IPV6);
        client = mesh.pod("client.mesh");
        server = mesh.pod("server.mesh");
    }

    static Stream<Route> routes() {
        return Stream.of(
                new Route(IpFamily.IPV4, false),
                new Route(IpFamily.IPV6, false),
                new Route(IpFamily.IPV4, true),
                new Route(IpFamily.IPV6, true));
    }

    @BeforeAll
    void warmUp() throws Exception {
        mesh.awaitConfig("node2", "workloads", "mesh +server .*HBONE");
        mesh.awaitConfig("node2", "services", "mesh +server-by-waypoint .* waypoint +1/1");
        // So that no test measures classes being loaded.
        for (Route route : routes().toList()) {
            aClientThatEndsItsSideFirstStillReceivesEverything(route);
        }
    }

    @AfterAll
    void takeDown() {
        mesh.close();
    }

    /** A step that may block. */
    private interface Step {
        void run() throws IOException;
    }

    /** Runs both until they end and returns what the second has received. */
    private static Arrived meanwhile(Step sends, Callable<Arrived> receives) throws Exception {
        // Not closed: that would wait for a task that hangs.
        ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
        try {
            Future<?> sent =
                    tasks.submit(
                            () -> {
                                sends.run();
                                return true;
                            });
            Arrived arrived = tasks.submit(receives).get(Mesh.LIMIT.toSeconds(), TimeUnit.SECONDS);
            sent.get(Mesh.LIMIT.toSeconds(), TimeUnit.SECONDS);
            return arrived;
        } finally {
            tasks.shutdownNow();
        }
    }

    /** All of it, then the end of that side. */
    private static Step all(Content content, SocketChannel channel) {
        return () -> {
            content.send(channel);
            channel.shutdownOutput();
        };
    }

    @ParameterizedTest
    @MethodSource("routes")
    void aClientThatEndsItsSideFirstStillReceivesEverything(Route route) throws Exception {
        Content up = new Content(1, 10 * MIB);
        Content down = new Content(2, 10 * MIB);
        try (Wire wire = Wire.open(client, server, route)) {
            assertThat(meanwhile(all(up, wire.client()), () -> Content.receive(wire.server())))
                    .isEqualTo(up.expected());
            assertThat(meanwhile(all(down, wire.server()), () -> Content.receive(wire.client())))
                    .isEqualTo(down.expected());
        }
    }

    @ParameterizedTest
    @MethodSource("routes")
    void anAppThatEndsItsSideFirstStillReceivesEverything(Route route) throws Exception {
        Content down = new Content(3, 10 * MIB);
        Content up = new Content(4, 10 * MIB);
        try (Wire wire = Wire.open(client, server, route)) {
            assertThat(meanwhile(all(down, wire.server()), () -> Content.receive(wire.client())))
                    .isEqualTo(down.expected());
            assertThat(meanwhile(all(up, wire.client()), () -> Content.receive(wire.server())))
                    .isEqualTo(up.expected());
        }
    }

    @ParameterizedTest
    @MethodSource("routes")
    void anAppThatClosesAfterItsAnswerLosesNoneOfIt(Route route) throws Exception {
        Content down = new Content(5, 10 * MIB);
        try (Wire wire = Wire.open(client, server, route)) {
            Step answerAndClose =
                    () -> {
                        down.send(wire.server());
                        wire.server().close();
                    };
            assertThat(meanwhile(answerAndClose, () -> Content.receive(wire.client())))
                    .isEqualTo(down.expected());
        }
    }

    @ParameterizedTest
    @MethodSource("routes")
    void aGibibyteEachWayAtOnceArrivesWithoutMemoryGrowing(Route route) throws Exception {
        Content up = new Content(6, 1024 * MIB);
        Content down = new Content(7, 1024 * MIB);
        up.expected();
        down.expected();
        Memory memory = Memory.of(mesh.nodes());
        ExecutorService other = Executors.newVirtualThreadPerTaskExecutor();
        try (Wire wire = Wire.open(client, server, route)) {
            Future<Arrived> downloaded =
                    other.submit(
                            () ->
                                    meanwhile(
                                            all(down, wire.server()),
                                            () -> Content.receive(wire.client())));
            assertThat(meanwhile(all(up, wire.client()), () -> Content.receive(wire.server())))
                    .isEqualTo(up.expected());
            assertThat(downloaded.get(Mesh.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(down.expected());
        } finally {
            other.shutdownNow();
        }
        memory.assertGrownByLessThan(GROWTH_MIB);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void aSlowReaderGetsEverythingAndIsNotBufferedFor(Route route) throws Exception {
        Content down = new Content(8, 10 * MIB);
        Memory memory = Memory.of(mesh.nodes());
        try (Wire wire = Wire.open(client, server, route)) {
            wire.client().setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10);
            assertThat(
                            meanwhile(
                                    all(down, wire.server()),
                                    () -> Content.receive(wire.client(), SLOW_BYTES_PER_SECOND)))
                    .isEqualTo(down.expected());
        }
        memory.assertGrownByLessThan(GROWTH_MIB);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void aPoorLinkBetweenTheNodesLosesNothing(Route route) throws Exception {
        Content up = new Content(9, 10 * MIB);
        Content down = new Content(10, 10 * MIB);
        Memory memory = Memory.of(mesh.nodes());
        try (PoorLink near = PoorLink.at(mesh.node("node2"));
                PoorLink far = PoorLink.at(mesh.node("node1"));
                Wire wire = Wire.open(client, server, route)) {
            assertThat(meanwhile(all(up, wire.client()), () -> Content.receive(wire.server())))
                    .isEqualTo(up.expected());
            assertThat(meanwhile(all(down, wire.server()), () -> Content.receive(wire.client())))
                    .isEqualTo(down.expected());
            assertThat(List.of(near.lost(), far.lost())).as("packets lost").doesNotContain(0L);
        }
        memory.assertGrownByLessThan(GROWTH_MIB);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void manyEchoesAtOnceDoNotMix(Route route) throws Exception {
        Memory memory = Memory.of(mesh.nodes());
        List<SocketChannel> channels = new ArrayList<>();
        ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<Arrived>> echoes = new ArrayList<>();
            for (int i = 0; i < ECHOES; i++) {
                SocketChannel channel = client.connect(route.echo());
                channels.add(channel);
                Content content = distinct(i);
                echoes.add(
                        tasks.submit(
                                () ->
                                        meanwhile(
                                                all(content, channel),
                                                () -> Content.receive(channel))));
            }
            for (int i = 0; i < ECHOES; i++) {
                assertThat(echoes.get(i).get(Mesh.LIMIT.toSeconds(), TimeUnit.SECONDS))
                        .as("echo %d", i)
                        .isEqualTo(distinct(i).expected());
            }
        } finally {
            tasks.shutdownNow();
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
        memory.assertGrownByLessThan(ECHO_GROWTH_MIB);
    }

    private static Content distinct(int number) {
        return new Content(1_000 + number, MIB);
    }
}
