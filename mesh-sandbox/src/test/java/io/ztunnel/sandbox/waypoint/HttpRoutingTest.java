package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Routes and policies on the wire, in HTTP/1.1. */
class HttpRoutingTest {
    private static final String TO_V1 = "backendRefs: [{name: reviews-v1, port: 9080}]";

    @TempDir Path folder;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private TestMesh mesh;

    @SuppressWarnings("NullAway.Init") // set by serve
    private TestBridge bridge;

    @BeforeEach
    void start() throws Exception {
        mesh = new TestMesh(folder);
    }

    @AfterEach
    void stop() throws Exception {
        end.countDown();
        http.close();
        for (AutoCloseable closing : open) {
            closing.close();
        }
        mesh.close();
    }

    private <C extends AutoCloseable> C opened(C closing) {
        open.addFirst(closing);
        return closing;
    }

    private WaypointServer serve(Endpoint... reviews) throws Exception {
        WaypointServer waypoint = mesh.bind(TestMesh.HTTP, true, reviews).start();
        bridge = opened(new TestBridge(mesh.tunnel(waypoint), TestMesh.HTTP));
        return waypoint;
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(bridge.uri(path))
                        .timeout(Duration.ofSeconds(30))
                        .header("x-old", "1")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private TestApp app(String name) throws IOException {
        return opened(new TestApp(name));
    }

    @Test
    void aPolicyWithTargetRefsIsAppliedToRequests() throws Exception {
        TestApp app = app("reviews");
        mesh.apply(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: no-delete, namespace: bookinfo}
                spec:
                  targetRefs: [{group: '', kind: Service, name: reviews}]
                  action: DENY
                  rules: [{to: [{operation: {methods: [DELETE]}}]}]
                """);
        serve(app.endpoint());

        HttpResponse<String> denied = send("DELETE", "/reviews/1", "");

        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).isEqualTo("RBAC: access denied");
        assertThat(mesh.line())
                .contains("DELETE /reviews/1 403 src=" + TestMesh.CLIENT)
                .contains("upstream=- ")
                .contains("policy=\"denied by bookinfo/no-delete\"");
        assertThat(send("GET", "/reviews/1", "").body()).isEqualTo("reviews");
        assertThat(app.requests).hasSize(1);
        assertThat(mesh.telemetry.prometheus())
                .containsPattern("istio_requests_total\\{.*response_code=\"403\".*} 1")
                .containsPattern("istio_requests_total\\{.*response_code=\"200\".*} 1");
    }

    @Test
    void aPolicyIsAppliedToConnectionsThatAreNotHttp() throws Exception {
        mesh.apply(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: nobody, namespace: bookinfo}
                spec: {targetRefs: [{group: '', kind: Service, name: db}]}
                """);
        TestTunnel tunnel = mesh.tunnel(mesh.bind(TestMesh.TCP, false).start());

        assertThat(tunnel.connectTo(TestMesh.TCP).reset())
                .isEqualTo(io.netty.handler.codec.http2.Http2Error.CONNECT_ERROR);
        assertThat(mesh.line()).contains("RBAC: access denied: no ALLOW policy matches");
    }

    @Test
    void requestsAreSplitByWeight() throws Exception {
        TestApp v1 = app("v1");
        TestApp v2 = app("v2");
        mesh.backend("reviews-v1", Protocol.HTTP1, v1.endpoint())
                .backend("reviews-v2", Protocol.HTTP1, v2.endpoint())
                .route(
                        "[{backendRefs: [{name: reviews-v1, port: 9080, weight: 90},"
                                + " {name: reviews-v2, port: 9080, weight: 10}]}]");
        serve(app("reviews").endpoint());

        for (int i = 0; i < 500; i++) {
            assertThat(send("GET", "/", "").statusCode()).isEqualTo(200);
        }

        assertThat(v1.requests.size() + v2.requests.size()).isEqualTo(500);
        // Five standard deviations.
        assertThat(v2.requests.size()).isBetween(17, 83);
        assertThat(mesh.line())
                .contains("route=bookinfo/reviews[0] backend=reviews-v")
                .contains("service=reviews.bookinfo.svc.cluster.local");
    }

    @Test
    void aRewriteAndHeaderChangesReachTheBackendAndTheClient() throws Exception {
        TestApp app =
                opened(
                        new TestApp(
                                exchange ->
                                        TestApp.answer(
                                                exchange,
                                                200,
                                                exchange.getRequestHeaders().getFirst("x-new")
                                                        + exchange.getRequestHeaders()
                                                                .getFirst("x-old"))));
        mesh.backend("reviews-v1", Protocol.HTTP1, app.endpoint())
                .route(
                        """
                        [{matches: [{path: {value: /a}}], filters: [
                          {type: URLRewrite, urlRewrite: {hostname: v1.org,
                            path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}}},
                          {type: RequestHeaderModifier, requestHeaderModifier:
                            {set: [{name: x-new, value: n}], remove: [x-old]}},
                          {type: ResponseHeaderModifier, responseHeaderModifier:
                            {add: [{name: x-via, value: w}]}}],
                          backendRefs: [{name: reviews-v1, port: 9080}]}]
                        """
                                .indent(4)
                                .strip());
        serve();

        HttpResponse<String> response = send("GET", "/a/b?q=1", "");

        assertThat(response.body()).isEqualTo("nnull");
        assertThat(response.headers().firstValue("x-via")).hasValue("w");
        assertThat(app.request()).isEqualTo("GET /n/b?q=1 v1.org ");
        assertThat(mesh.line()).contains("GET /a/b?q=1 200");
    }

    @Test
    void aRedirectNeedsNoBackend() throws Exception {
        mesh.route(
                "[{filters: [{type: RequestRedirect, requestRedirect: {hostname: new.org,"
                        + " statusCode: 301, port: 80}}]}]");
        serve();

        HttpResponse<String> response = send("GET", "/a", "");

        assertThat(response.statusCode()).isEqualTo(301);
        assertThat(response.headers().firstValue("location")).hasValue("http://new.org/a");
        assertThat(mesh.line()).contains("GET /a 301").doesNotContain("error");
    }

    @Test
    void whatNoRuleTakesIs404AndWhatHasNoBackendIs500() throws Exception {
        mesh.route("[{matches: [{path: {type: Exact, value: /a}}]}]");
        serve();

        assertThat(send("GET", "/b", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/a", "").statusCode()).isEqualTo(500);
        assertThat(mesh.line()).contains("GET /b 404").contains("flags=NR");
    }

    @Test
    void aRequestIsRepeatedWithItsBodyWhileTheAnswerIsOneToRepeat() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        TestApp app =
                opened(
                        new TestApp(
                                exchange ->
                                        TestApp.answer(
                                                exchange,
                                                asked.incrementAndGet() < 3 ? 503 : 200,
                                                "x")));
        mesh.backend("reviews-v1", Protocol.HTTP1, app.endpoint())
                .route("[{retry: {attempts: 2, codes: [503], backoff: 1ms}, " + TO_V1 + "}]");
        serve();

        assertThat(send("POST", "/a", "the body").statusCode()).isEqualTo(200);
        for (int i = 0; i < 3; i++) {
            assertThat(app.request()).startsWith("POST /a ").endsWith(" the body");
        }
        assertThat(mesh.line()).contains("POST /a 200").contains("tries=3");
    }

    @ParameterizedTest
    @CsvSource({"0, 8, 1", "1, 8, 2", "2, 100000, 1"})
    void repetitionsAreBoundedAndBigBodiesAreNotRepeated(int attempts, int length, int asked)
            throws Exception {
        TestApp app =
                opened(
                        new TestApp(
                                exchange -> {
                                    TestApp.answer(exchange, 503, "busy");
                                }));
        mesh.backend("reviews-v1", Protocol.HTTP1, app.endpoint())
                .route(
                        "[{retry: {attempts: "
                                + attempts
                                + ", codes: [503], backoff: 1ms}, "
                                + TO_V1
                                + "}]");
        serve();

        HttpResponse<String> response = send("POST", "/a", "x".repeat(length));

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("busy");
        assertThat(app.requests).hasSize(asked);
    }

    private TestApp slowApp() throws IOException {
        return opened(
                new TestApp(
                        exchange -> {
                            try {
                                if (end.await(30, TimeUnit.SECONDS)) {
                                    exchange.close();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }));
    }

    @ParameterizedTest
    @CsvSource({
        "'timeouts: {request: 200ms}', 1",
        "'timeouts: {backendRequest: 200ms}', 1",
        "'timeouts: {backendRequest: 200ms}, retry: {attempts: 1, codes: [504], backoff: 1ms}', 2",
        "'timeouts: {request: 200ms}, retry: {attempts: 9, codes: [504], backoff: 1ms}', 1"
    })
    void whoTakesTooLongIsNotWaitedFor(String limits, int tries) throws Exception {
        TestApp app = slowApp();
        mesh.backend("reviews-v1", Protocol.HTTP1, app.endpoint())
                .route("[{" + limits + ", " + TO_V1 + "}]");
        serve();

        HttpResponse<String> response = send("GET", "/a", "");

        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.body()).isEqualTo("upstream request timeout");
        assertThat(app.requests).hasSize(tries);
        assertThat(mesh.line()).contains("GET /a 504").contains("flags=UT");
    }

    @Test
    void aMirrorGetsACopyAndItsAnswerGoesNowhere() throws Exception {
        TestApp app = app("v1");
        TestApp mirror =
                opened(new TestApp(exchange -> TestApp.answer(exchange, 500, "from the mirror")));
        mesh.backend("reviews-v1", Protocol.HTTP1, app.endpoint())
                .backend("reviews-v2", Protocol.HTTP1, mirror.endpoint())
                .route(
                        "[{filters: [{type: RequestMirror, requestMirror: {backendRef:"
                                + " {name: reviews-v2, port: 9080}}}], "
                                + TO_V1
                                + "}]");
        serve();

        HttpResponse<String> response = send("POST", "/a?b", "the body");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("v1");
        assertThat(mirror.request()).startsWith("POST /a?b ").endsWith(" the body");
    }

    @Test
    void aSlowMirrorSlowsNobody() throws Exception {
        mesh.backend("reviews-v1", Protocol.HTTP1, app("v1").endpoint())
                .backend("reviews-v2", Protocol.HTTP1, slowApp().endpoint())
                .route(
                        "[{filters: [{type: RequestMirror, requestMirror: {backendRef:"
                                + " {name: reviews-v2, port: 9080}}}], "
                                + TO_V1
                                + "}]");
        serve();

        for (int i = 0; i < 20; i++) {
            assertThat(send("POST", "/a", "x".repeat(1_000_000)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aDeadEndpointIsLeftAloneAfterAWhile() throws Exception {
        Endpoint dead = new Endpoint(TestMesh.address("127.0.0.3", 1), false);
        serve(app("alive").endpoint(), dead);
        List<String> lines = new ArrayList<>();

        for (int i = 0; i < 100; i++) {
            assertThat(send("GET", "/", "").body()).isEqualTo("alive");
            lines.add(mesh.line());
        }

        // Three failures; and one more for each second that this may take.
        assertThat(lines.stream().filter(line -> line.contains("tries=2")).count())
                .isBetween(3L, 12L);
    }

    @Test
    void aWebSocketIsBytesBothWays() throws Exception {
        ServerSocket listener = opened(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(() -> webSocket(listener));
        serve(new Endpoint(TestMesh.address("127.0.0.1", listener.getLocalPort()), false));
        try (Socket client =
                new Socket(InetAddress.getLoopbackAddress(), bridge.uri("/").getPort())) {
            client.getOutputStream()
                    .write(
                            ascii(
                                    String.join(
                                            "\r\n",
                                            "GET /ws HTTP/1.1",
                                            "host: reviews",
                                            "connection: Upgrade",
                                            "upgrade: websocket",
                                            "sec-websocket-version: 13",
                                            "sec-websocket-key: eA==",
                                            "",
                                            "")));
            String head = head(client.getInputStream());

            assertThat(head)
                    .startsWith("HTTP/1.1 101 ")
                    .containsIgnoringCase("upgrade: websocket")
                    .containsIgnoringCase("sec-websocket-accept: y");
            assertThat(client.getInputStream().readNBytes(5)).isEqualTo(ascii("early"));
            for (int i = 0; i < 3; i++) {
                byte[] frame = {(byte) 0x81, (byte) i, 0, 10, 13};
                client.getOutputStream().write(frame);
                assertThat(client.getInputStream().readNBytes(frame.length)).isEqualTo(frame);
            }
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(ascii("bye"));
        }
        assertThat(mesh.line()).contains("GET /ws 101").contains("bytes=23 ");
    }

    /** Sends something along with its answer, echoes, and says goodbye. */
    private static void webSocket(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            String request = head(socket.getInputStream()).toLowerCase(java.util.Locale.ROOT);
            if (!request.contains("connection: upgrade")) {
                throw new IOException(request);
            }
            socket.getOutputStream()
                    .write(
                            ascii(
                                    String.join(
                                            "\r\n",
                                            "HTTP/1.1 101 Switching Protocols",
                                            "Connection: Upgrade",
                                            "Upgrade: websocket",
                                            "Sec-WebSocket-Accept: y",
                                            "",
                                            "early")));
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.getOutputStream().write(ascii("bye"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Test
    void aStoppingWaypointAsksIdleClientsToGoAndFinishesWhatIsUnderWay() throws Exception {
        TestApp app = app("x");
        WaypointServer waypoint = serve(app.endpoint());
        TestStream idle = mesh.tunnel(waypoint).connectTo(TestMesh.HTTP);
        idle.output().write(ascii("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
        InputStream answer = idle.input();
        assertThat(head(answer)).startsWith("HTTP/1.1 200");

        Thread stopping = Thread.ofVirtual().start(waypoint::close);

        assertThat(new String(answer.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("x");
        stopping.join(Duration.ofSeconds(20));
    }
}
