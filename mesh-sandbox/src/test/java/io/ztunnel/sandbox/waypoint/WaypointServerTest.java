package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

class WaypointServerTest {
    private static final int MIB = 1 << 20;

    @TempDir Path folder;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private TestMesh mesh;
    private ServerSocket app;
    private InetSocketAddress appAddress;

    @BeforeEach
    void start() throws Exception {
        mesh = new TestMesh(folder);
        app = new ServerSocket(0, 200, InetAddress.ofLiteral("127.0.0.2"));
        appAddress = (InetSocketAddress) app.getLocalSocketAddress();
    }

    @AfterEach
    void stop() throws Exception {
        app.close();
        mesh.close();
        threads.shutdownNow();
    }

    /** What an application does with one connection. */
    private interface Behaviour {
        void serve(Socket socket) throws IOException;
    }

    private void app(Behaviour behaviour) {
        threads.submit(
                (Callable<Void>)
                        () -> {
                            while (true) {
                                Socket socket = app.accept();
                                threads.submit(
                                        (Callable<Void>)
                                                () -> {
                                                    try (socket) {
                                                        behaviour.serve(socket);
                                                    }
                                                    return null;
                                                });
                            }
                        });
    }

    private TestTunnel serve(String kind) throws Exception {
        Endpoint endpoint =
                kind.equals("plain")
                        ? new Endpoint(appAddress, false)
                        : mesh.pod(appAddress, "spiffe://cluster.local/ns/bookinfo/sa/db");
        return mesh.tunnel(mesh.bind(TestMesh.TCP, false, endpoint).start());
    }

    private static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void aClientThatEndsFirstStillGetsEverything(String kind) throws Exception {
        app(
                socket -> {
                    byte[] all = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(all);
                    socket.getOutputStream().write(all);
                });
        TestStream stream = serve(kind).connectTo(TestMesh.TCP);
        byte[] sent = random(1, 3 * MIB);
        stream.output().write(sent);
        stream.end();

        byte[] received = stream.input().readAllBytes();

        assertThat(Arrays.equals(received, 0, sent.length, sent, 0, sent.length)).isTrue();
        assertThat(received).hasSize(2 * sent.length);
        assertThat(mesh.line())
                .startsWith("[waypoint bookinfo/waypoint] TCP src=" + TestMesh.CLIENT)
                .contains(" service=db.bookinfo.svc.cluster.local upstream=127.0.0.2:")
                .contains(" received=" + sent.length + " sent=" + 2 * sent.length + " ")
                .doesNotContain("error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void anApplicationThatEndsFirstStillGetsEverything(String kind) throws Exception {
        byte[] greeting = random(2, 2 * MIB);
        var got = new java.util.concurrent.CompletableFuture<byte[]>();
        app(
                socket -> {
                    socket.getOutputStream().write(greeting);
                    socket.shutdownOutput();
                    got.complete(socket.getInputStream().readAllBytes());
                });
        TestStream stream = serve(kind).connectTo(TestMesh.TCP);
        byte[] received = stream.input().readAllBytes();
        assertThat(received).hasSize(greeting.length);
        assertThat(Arrays.equals(received, greeting)).isTrue();
        byte[] late = random(3, 2 * MIB);
        stream.output().write(late);
        stream.end();

        assertThat(Arrays.equals(got.get(10, TimeUnit.SECONDS), late)).isTrue();
        assertThat(mesh.line()).doesNotContain("error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void manyStreamsDoNotMixTheirBytes(String kind) throws Exception {
        app(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
        TestTunnel tunnel = serve(kind);
        List<Future<Boolean>> echoes = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            byte[] mine = random(100 + i, 200_000);
            echoes.add(
                    threads.submit(
                            () -> {
                                TestStream stream = tunnel.connectTo(TestMesh.TCP);
                                threads.submit(
                                        (Callable<Void>)
                                                () -> {
                                                    stream.output().write(mine);
                                                    stream.end();
                                                    return null;
                                                });
                                return Arrays.equals(stream.input().readAllBytes(), mine);
                            }));
        }

        for (Future<Boolean> echo : echoes) {
            assertThat(echo.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anAbortIsNotPassedOnAsAnEnd() throws Exception {
        var failure = new java.util.concurrent.CompletableFuture<Boolean>();
        app(
                socket -> {
                    InputStream in = socket.getInputStream();
                    socket.getOutputStream().write(in.read());
                    try {
                        failure.complete(in.read() >= 0);
                    } catch (IOException e) {
                        failure.complete(true);
                    }
                });
        TestStream stream = serve("plain").connectTo(TestMesh.TCP);
        stream.output().write('x');
        assertThat(stream.input().read()).isEqualTo('x');
        stream.abort();

        assertThat(failure.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(mesh.line()).contains("received=1 sent=1").contains("error=");
    }

    @Test
    void whatIsNotBoundToTheWaypointIsRefusedWithOneLine() throws Exception {
        TestTunnel tunnel = serve("plain");

        TestStream stream = tunnel.connectTo(TestMesh.address("10.9.9.9", 80));

        assertThat(stream.reset()).isEqualTo(Http2Error.CONNECT_ERROR);
        assertThat(mesh.line())
                .isEqualTo(
                        "[waypoint bookinfo/waypoint] refused src="
                                + TestMesh.CLIENT
                                + ": 10.9.9.9:80 is not bound to this waypoint");
    }

    @ParameterizedTest
    @CsvSource({"CONNECT, somewhere:80, 400", "CONNECT, 10.4.188.145, 400", "GET, 1.1.1.1:1, 405"})
    void onlyAConnectToAnAddressIsATunnel(String method, String authority, String status)
            throws Exception {
        TestTunnel tunnel = serve("plain");
        var headers = new DefaultHttp2Headers().method(method).authority(authority);
        if (!method.equals("CONNECT")) {
            headers.path("/").scheme("http");
        }

        assertThat(tunnel.open(headers).status()).isEqualTo(status);
        assertThat(mesh.line()).contains("refused src=" + TestMesh.CLIENT);
    }

    @Test
    void aPeerOfAnotherTrustDomainIsRefusedWithOneLine() throws Exception {
        WaypointServer waypoint = mesh.bind(TestMesh.TCP, false).start();

        TestTunnel tunnel =
                mesh.tunnel(waypoint, mesh.identity("spiffe://elsewhere/ns/client/sa/curl"));

        assertThat(tunnel.closesSoon()).isTrue();
        assertThat(mesh.line())
                .contains("peer is spiffe://elsewhere/ns/client/sa/curl")
                .contains("trust domain cluster.local");
    }

    @Test
    void aConnectionWithoutTlsIsRefusedWithOneLine() throws Exception {
        WaypointServer waypoint = mesh.bind(TestMesh.TCP, false).start();
        try (Socket socket = new Socket()) {
            socket.connect(waypoint.address());
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(mesh.line()).contains("refused src=/127.0.0.1");
        }
    }

    @Test
    void stoppingLetsWhatIsUnderWayComeToItsEnd() throws Exception {
        app(
                socket -> {
                    socket.getOutputStream().write(socket.getInputStream().read());
                    socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write("last".getBytes(StandardCharsets.US_ASCII));
                });
        WaypointServer waypoint =
                mesh.bind(TestMesh.TCP, false, new Endpoint(appAddress, false)).start();
        TestStream stream = mesh.tunnel(waypoint).connectTo(TestMesh.TCP);
        stream.output().write('x');
        InputStream in = stream.input();
        assertThat(in.read()).isEqualTo('x');

        Future<?> stopped = threads.submit(waypoint::close);
        stream.end();

        assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("last");
        stopped.get(10, TimeUnit.SECONDS);
    }
}
