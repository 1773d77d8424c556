package io.ztunnel.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.Telemetry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/** Paths, methods and texts of readiness and administration. */
class EndpointsTest {
    private final LogFilter filter = LogFilter.startingWith("info");
    private final AtomicInteger shutdowns = new AtomicInteger();
    private final AdminEndpoints admin =
            new AdminEndpoints(
                    new ConfigDump(
                            new ConfigDump.Sources(
                                    () -> {
                                        throw new IllegalStateException("not asked here");
                                    },
                                    List::of,
                                    Map::of,
                                    () -> ConfigDump.StaticConfig.EMPTY,
                                    null,
                                    Map.of())),
                    filter,
                    shutdowns::incrementAndGet);

    private static HttpQuery query(String method, String path, Map<String, String> parameters) {
        return new HttpQuery(method, path, parameters, "");
    }

    private static HttpReply now(CompletionStage<HttpReply> answer) throws Exception {
        return answer.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static String body(HttpReply reply) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        reply.body().writeTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void readinessNamesWhatIsPendingInOrder() throws Exception {
        Readiness readiness = new Readiness(List.of());
        readiness.pending(Readiness.WORKLOAD_PROXY_MANAGER);
        readiness.pending(Readiness.STATE_MANAGER);
        readiness.pending(Readiness.PROXY);
        HttpReply reply = now(readiness.answer(query("GET", "/healthz/ready", Map.of())));
        assertThat(reply.status()).isEqualTo(500);
        assertThat(body(reply))
                .isEqualTo("not ready, pending: proxy, state manager, workload proxy manager\n");
    }

    @Test
    void readinessComesAndGoesWithTheNodeAgent() throws Exception {
        Readiness readiness = new Readiness(List.of());
        readiness.pending(Readiness.WORKLOAD_PROXY_MANAGER);
        readiness.set(Readiness.WORKLOAD_PROXY_MANAGER, true);
        HttpReply reply = now(readiness.answer(query("GET", "/healthz/ready", Map.of())));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.contentType()).startsWith("text/plain");
        assertThat(body(reply)).isEqualTo("ready\n");
        readiness.set(Readiness.WORKLOAD_PROXY_MANAGER, false);
        assertThat(now(readiness.answer(query("GET", "/healthz/ready", Map.of()))).status())
                .isEqualTo(500);
    }

    @Test
    void workerThatIsStuckIsNotReady() throws Exception {
        DefaultEventLoop worker = new DefaultEventLoop();
        CompletableFuture<Void> stuck = new CompletableFuture<>();
        try {
            worker.execute(stuck::join);
            HttpReply reply =
                    now(
                            new Readiness(List.of(worker))
                                    .answer(query("GET", "/healthz/ready", Map.of())));
            assertThat(reply.status()).isEqualTo(500);
            assertThat(body(reply)).contains("a worker thread does not answer");
        } finally {
            stuck.complete(null);
            worker.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"POST, /healthz/ready, 405", "GET, /, 404", "GET, /healthz/ready/, 404"})
    void readinessHasOnePathAndOneMethod(String method, String path, int status) throws Exception {
        HttpReply reply = now(new Readiness(List.of()).answer(query(method, path, Map.of())));
        assertThat(reply.status()).isEqualTo(status);
        assertThat(body(reply)).isEmpty();
    }

    @Test
    void loggingShowsChangesAndResetsLevels() throws Exception {
        assertThat(logging(Map.of())).isEqualTo("current log level is info\n");
        assertThat(logging(Map.of("level", "access=debug"))).contains("access=debug");
        assertThat(logging(Map.of("level", "", "reset", "")))
                .isEqualTo("current log level is info\n");
    }

    private String logging(Map<String, String> parameters) throws Exception {
        HttpReply reply = now(admin.answer(query("POST", "/logging", parameters)));
        assertThat(reply.status()).isEqualTo(200);
        return body(reply);
    }

    @Test
    void loggingRefusesWhatIsNoLevel() throws Exception {
        HttpReply reply = now(admin.answer(query("POST", "/logging", Map.of("level", "loud"))));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(body(reply)).startsWith("Invalid level provided: loud\n").contains("usage:");
        assertThat(filter).hasToString("info");
    }

    @Test
    void refusedLevelDoesNotResetTheOthers() throws Exception {
        logging(Map.of("level", "access=debug"));
        HttpReply reply =
                now(admin.answer(query("POST", "/logging", Map.of("level", "loud", "reset", ""))));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(filter).hasToString("access=debug,info");
        assertThat(logging(Map.of("level", "dns=trace", "reset", "x")))
                .isEqualTo("current log level is dns=trace,info\n");
    }

    /** How istioctl and its proxy-config log ask. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    level=info reset=          | info
                    level=warn                 | warn
                    level=access:debug,info    | access=debug,info
                    level=access=warning       | access=warn,info
                    level=ztunnel::proxy=trace | ztunnel::proxy=trace,info
                    connection=debug           | info
                    level=                     | info
                    """)
    void levelsAreTakenAsIstioctlWritesThem(String parameters, String levels) throws Exception {
        Map<String, String> decoded = new HashMap<>();
        for (String parameter : parameters.split(" ", -1)) {
            int equals = parameter.indexOf('=');
            decoded.put(parameter.substring(0, equals), parameter.substring(equals + 1));
        }
        assertThat(logging(decoded)).isEqualTo("current log level is " + levels + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    PUT    | /                          | 200
                    PUT    | /logging                   | 405
                    GET    | /quitquitquit              | 405
                    GET    | /debug/pprof/heap          | 500
                    GET    | /debug/pprof/heap/profiling | 400
                    GET    | /debug/pprof               | 404
                    GET    | /debug/pprof/              | 404
                    GET    | /stats                     | 404
                    """)
    void pathsAndMethods(String method, String path, int status) throws Exception {
        assertThat(now(admin.answer(query(method, path, Map.of()))).status()).isEqualTo(status);
    }

    @Test
    void heapProfilesAreRefusedAsByADefaultBuild() throws Exception {
        assertThat(body(now(admin.answer(query("GET", "/debug/pprof/heap", Map.of())))))
                .isEqualTo("jemalloc not enabled\n");
        String path = "/debug/pprof/heap/profiling";
        for (String value : List.of("true", "false")) {
            HttpReply reply = now(admin.answer(query("GET", path, Map.of("activate", value))));
            assertThat(reply.status()).isEqualTo(500);
        }
        assertThat(now(admin.answer(query("GET", path, Map.of("activate", "on")))).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET  | /metrics          | text/plain                    | text/plain; charset=utf-8
                    POST | /stats/prometheus | ''                            | text/plain; charset=utf-8
                    GET  | /metrics          | text/html, Application/OpenMetrics-Text;version=1 | application/openmetrics-text;charset=utf-8;version=1.0.0
                    """)
    void metricsAreServedInEitherName(String method, String path, String accept, String type)
            throws Exception {
        Telemetry telemetry = Telemetry.ofProcess("1.31");
        HttpReply reply =
                now(
                        new StatsEndpoint(telemetry.metrics())
                                .answer(new HttpQuery(method, path, Map.of(), accept)));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.contentType()).isEqualTo(type);
        assertThat(body(reply))
                .contains("istio_build{component=\"ztunnel\",tag=\"1.31\"} 1\n")
                .contains("process_open_fds ", "process_max_fds ")
                .endsWith("# EOF\n");
        assertThat(
                        now(new StatsEndpoint(telemetry.metrics())
                                        .answer(query("GET", "/other", Map.of())))
                                .status())
                .isEqualTo(404);
    }

    @Test
    void loggingIsPostOnly() throws Exception {
        HttpReply reply = now(admin.answer(query("GET", "/logging", Map.of("level", "debug"))));
        assertThat(reply.status()).isEqualTo(405);
        assertThat(body(reply)).startsWith("Invalid HTTP method\n");
        assertThat(filter).hasToString("info");
    }

    @Test
    void quitIsPostOnly() throws Exception {
        assertThat(now(admin.answer(query("GET", "/quitquitquit", Map.of()))).status())
                .isEqualTo(405);
        assertThat(shutdowns).hasValue(0);
        HttpReply reply = now(admin.answer(query("POST", "/quitquitquit", Map.of())));
        assertThat(body(reply)).isEqualTo("shutdown now\n");
        assertThat(shutdowns).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/config_dump/", "/Logging"})
    void otherPathsAreNotFound(String path) throws Exception {
        assertThat(now(admin.answer(query("GET", path, Map.of()))).status()).isEqualTo(404);
    }

    @Test
    void homePageNamesThePaths() throws Exception {
        HttpReply reply = now(admin.answer(query("GET", "/", Map.of())));
        assertThat(reply.contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(body(reply))
                .contains(
                        "<title>Ztunnel Admin</title>",
                        "config_dump",
                        "logging",
                        "quitquitquit",
                        "debug/pprof/profile",
                        "debug/pprof/heap");
    }

    @Test
    void compressedAnswerIsTheSameText() throws Exception {
        MultiThreadIoEventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        String body = "istio_build{component=\"ztunnel\"} 1\n".repeat(1000);
        InetAddress here = InetAddress.getLoopbackAddress();
        try (HttpServer server =
                HttpServer.bind(
                        loop,
                        List.of(new InetSocketAddress(here, 0)),
                        query -> CompletableFuture.completedFuture(HttpReply.text(200, body)))) {
            List<Integer> sizes = new ArrayList<>();
            for (String encoding : List.of("identity", "gzip")) {
                try (Socket socket = new Socket(here, server.addresses().getFirst().getPort())) {
                    socket.getOutputStream()
                            .write(
                                    ("GET /metrics HTTP/1.1\r\nConnection: close\r\n"
                                                    + "Accept-Encoding: "
                                                    + encoding
                                                    + "\r\n\r\n")
                                            .getBytes(StandardCharsets.US_ASCII));
                    byte[] answer = socket.getInputStream().readAllBytes();
                    String text = new String(answer, StandardCharsets.ISO_8859_1);
                    int at = text.indexOf("\r\n\r\n") + 4;
                    ByteArrayInputStream content =
                            new ByteArrayInputStream(answer, at, answer.length - at);
                    sizes.add(content.available());
                    byte[] plain =
                            encoding.equals("gzip")
                                    ? new GZIPInputStream(content).readAllBytes()
                                    : content.readAllBytes();
                    assertThat(new String(plain, StandardCharsets.UTF_8)).isEqualTo(body);
                }
            }
            assertThat(sizes.get(1)).isLessThan(sizes.get(0) / 10);
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
