package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;

import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

class HttpProxyTest {
    private static final int TEN_MIB = 10 << 20;
    private static final String REVIEWS = "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews";

    @TempDir Path folder;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final byte[] big = new byte[TEN_MIB];
    private final AtomicLong written = new AtomicLong();
    private TestMesh mesh;
    private HttpServer app;
    private Endpoint plain;

    @SuppressWarnings("NullAway.Init") // set by serve
    private TestBridge bridge;

    @SuppressWarnings("NullAway.Init") // set by serve
    private TestTunnel tunnel;

    @BeforeEach
    void start() throws Exception {
        new Random(3).nextBytes(big);
        mesh = new TestMesh(folder);
        app = HttpServer.create(TestMesh.address("127.0.0.2", 0), 0);
        app.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        app.createContext("/", exchange -> answer(exchange, exchange.getRequestURI().getPath()));
        app.start();
        plain = new Endpoint(app.getAddress(), false);
    }

    private void answer(com.sun.net.httpserver.HttpExchange exchange, String path)
            throws IOException {
        String digest = digest(exchange.getRequestBody());
        exchange.getResponseHeaders().set("x-digest", digest);
        exchange.getResponseHeaders()
                .set(
                        "x-agent",
                        String.valueOf(exchange.getRequestHeaders().getFirst("user-agent")));
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("content-length", "12345");
            exchange.sendResponseHeaders(200, -1);
        } else if (path.equals("/big")) {
            exchange.sendResponseHeaders(200, 0);
            for (int round = 0; round < 4; round++) {
                try (InputStream in = new ByteArrayInputStream(big)) {
                    byte[] piece = new byte[32 * 1024];
                    for (int n = in.read(piece); n > 0; n = in.read(piece)) {
                        exchange.getResponseBody().write(piece, 0, n);
                        written.addAndGet(n);
                    }
                }
            }
        } else {
            byte[] body = ("hello " + path).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private static String digest(InputStream in) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[64 * 1024];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                sha.update(piece, 0, n);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        bridge.close();
        mesh.close();
        app.stop(0);
    }

    private void serve(Endpoint... endpoints) throws Exception {
        WaypointServer waypoint = mesh.bind(TestMesh.HTTP, true, endpoints).start();
        tunnel = mesh.tunnel(waypoint);
        bridge = new TestBridge(tunnel, TestMesh.HTTP);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(bridge.uri(path)).timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(request(path).build(), BodyHandlers.ofString());
    }

    private Endpoint endpoint(String kind) throws Exception {
        return kind.equals("plain") ? plain : mesh.pod(app.getAddress(), REVIEWS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void oneTunnelCarriesManyRequestsAndEachGetsItsLine(String kind) throws Exception {
        serve(endpoint(kind));

        for (int i = 0; i < 5; i++) {
            HttpResponse<String> response = get("/reviews/" + i);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("hello /reviews/" + i);
            assertThat(response.headers().firstValue("x-agent").orElseThrow())
                    .startsWith("Java-http-client");
            assertThat(mesh.line())
                    .matches(
                            Pattern.quote(
                                            "[waypoint bookinfo/waypoint] GET /reviews/"
                                                    + i
                                                    + " 200 src="
                                                    + TestMesh.CLIENT
                                                    + " service=reviews.bookinfo.svc.cluster.local"
                                                    + " upstream=127.0.0.2:"
                                                    + app.getAddress().getPort()
                                                    + " bytes=16 ")
                                    + "\\d+ms");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void bigBodiesPassUnchangedBothWays(String kind) throws Exception {
        serve(endpoint(kind));

        HttpResponse<InputStream> response =
                http.send(
                        request("/big")
                                .POST(
                                        BodyPublishers.ofInputStream(
                                                () -> new ByteArrayInputStream(big)))
                                .build(),
                        BodyHandlers.ofInputStream());

        assertThat(response.headers().firstValue("x-digest"))
                .hasValue(digest(new ByteArrayInputStream(big)));
        assertThat(digest(response.body())).isEqualTo(digest(fourTimes()));
        assertThat(mesh.line()).contains("POST /big 200").contains("bytes=" + 4L * TEN_MIB + " ");
    }

    private InputStream fourTimes() {
        byte[] all = new byte[4 * TEN_MIB];
        for (int i = 0; i < 4; i++) {
            System.arraycopy(big, 0, all, i * TEN_MIB, TEN_MIB);
        }
        return new ByteArrayInputStream(all);
    }

    @Test
    void anApplicationIsNotReadFasterThanItsClientReads() throws Exception {
        serve(mesh.pod(app.getAddress(), REVIEWS));
        TestStream stream = tunnel.connectTo(TestMesh.HTTP);
        stream.output()
                .write(
                        "GET /big HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));

        AtomicLong last = new AtomicLong();
        await().pollInterval(Duration.ofMillis(200))
                .during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(30))
                .until(() -> last.getAndSet(written.get()) == written.get() && last.get() > 0);

        assertThat(written.get()).isLessThan(16L << 20);
        assertThat(stream.input().readAllBytes()).hasSizeGreaterThan(4 * TEN_MIB);
        assertThat(mesh.line()).contains("GET /big 200").contains("bytes=" + 4L * TEN_MIB + " ");
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrderAndTheEndOfTheClientIsPassedOn() throws Exception {
        serve(plain);
        TestStream stream = tunnel.connectTo(TestMesh.HTTP);
        stream.output()
                .write(
                        ("GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
                                        + "POST /b HTTP/1.1\r\nhost: x\r\n"
                                        + "transfer-encoding: chunked\r\n\r\n"
                                        + "1\r\na\r\n".repeat(2000)
                                        + "0\r\n\r\n"
                                        + "GET /c HTTP/1.1\r\nhost: x\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
        stream.end();

        String answers = new String(stream.input().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(answers).containsSubsequence("hello /a", "hello /b", "hello /c");
    }

    @Test
    void headHasALengthAndNoBodyAndCloseCloses() throws Exception {
        serve(plain);

        HttpResponse<String> head =
                http.send(request("/x").HEAD().build(), BodyHandlers.ofString());
        assertThat(head.headers().firstValue("content-length")).hasValue("12345");
        assertThat(head.body()).isEmpty();

        TestStream stream = tunnel.connectTo(TestMesh.HTTP);
        stream.output()
                .write(
                        "GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(stream.input().readAllBytes(), StandardCharsets.UTF_8))
                .startsWith("HTTP/1.1 200")
                .endsWith("hello /x");
    }

    @Test
    void aClientMayWaitFor100BeforeItSendsABody() throws Exception {
        serve(plain);

        HttpResponse<String> response =
                http.send(
                        request("/x")
                                .expectContinue(true)
                                .POST(BodyPublishers.ofByteArray(new byte[100_000]))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo("hello /x");
        assertThat(response.headers().firstValue("x-digest"))
                .hasValue(digest(new ByteArrayInputStream(new byte[100_000])));
    }

    @Test
    void withoutEndpointsTheAnswerIs503AndTheConnectionGoesOn() throws Exception {
        serve();

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> response = get("/x");
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("upstream connect error: no healthy endpoint");
            assertThat(mesh.line()).contains("GET /x 503").contains("upstream=- ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void anEndpointThatCannotBeReachedIsMadeUpForByAnother(String kind) throws Exception {
        Endpoint good = endpoint(kind);
        // Nobody listens on that address.
        Endpoint bad = new Endpoint(TestMesh.address("127.0.0.3", 1), good.tunnel());
        serve(good, bad);

        for (int i = 0; i < 12; i++) {
            assertThat(get("/x").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whenNoEndpointCanBeReachedTheAnswerIs503() throws Exception {
        serve(new Endpoint(TestMesh.address("127.0.0.3", 1), false));

        HttpResponse<String> response = get("/x");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).startsWith("upstream connect error: ");
        assertThat(mesh.line()).contains("upstream=127.0.0.3:1 ");
    }

    @Test
    void aPodOfAnotherTrustDomainGetsNothing() throws Exception {
        serve(mesh.pod(app.getAddress(), "spiffe://elsewhere/ns/bookinfo/sa/bookinfo-reviews"));

        HttpResponse<String> response = get("/x");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).contains("spiffe://elsewhere/", "cluster.local");
    }

    @Test
    void whatIsNotHttpGets400() throws Exception {
        serve(plain);
        TestStream stream = tunnel.connectTo(TestMesh.HTTP);
        try (OutputStream out = stream.output()) {
            out.write("GET x y z HTTP/9\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }

        assertThat(new String(stream.input().readAllBytes(), StandardCharsets.UTF_8))
                .startsWith("HTTP/1.1 400");
        assertThat(mesh.line()).contains(" 400 ");
    }

    @Test
    void anAnswerThatBreaksOffIsNotPassedOffAsComplete() throws Exception {
        InetSocketAddress address = brokenApp();
        serve(new Endpoint(address, false));
        TestStream stream = tunnel.connectTo(TestMesh.HTTP);
        stream.output()
                .write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

        assertThat(stream.status()).isEqualTo("200");
        Thread.ofVirtual().start(() -> drain(stream));
        assertThat(stream.reset()).isEqualTo(io.netty.handler.codec.http2.Http2Error.CONNECT_ERROR);
        assertThat(mesh.line()).contains("GET / 200").contains("error=");
    }

    private static void drain(TestStream stream) {
        try {
            stream.input().readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Promises 100 bytes and sends 5. */
    private static InetSocketAddress brokenApp() throws IOException {
        var listener = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
        Thread.ofVirtual()
                .start(
                        () -> {
                            try (listener;
                                    var socket = listener.accept()) {
                                socket.getInputStream().readNBytes(20);
                                socket.getOutputStream()
                                        .write(
                                                "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello"
                                                        .getBytes(StandardCharsets.US_ASCII));
                                socket.shutdownOutput();
                                socket.getInputStream().readAllBytes();
                            } catch (IOException e) {
                                // The waypoint resets it.
                            }
                        });
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }
}
