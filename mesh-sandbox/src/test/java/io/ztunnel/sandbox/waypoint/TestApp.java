package io.ztunnel.sandbox.waypoint;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;

import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An application that speaks HTTP/1.1 and remembers what it was asked. */
final class TestApp implements AutoCloseable {
    /** {@code METHOD target host body}. */
    final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Answers 200 with its name. */
    TestApp(String name) throws IOException {
        this(exchange -> answer(exchange, 200, name));
    }

    TestApp(HttpHandler behaviour) throws IOException {
        server = HttpServer.create(TestMesh.address("127.0.0.2", 0), 0);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    requests.add(
                            "%s %s %s %s"
                                    .formatted(
                                            exchange.getRequestMethod(),
                                            exchange.getRequestURI(),
                                            exchange.getRequestHeaders().getFirst("host"),
                                            body));
                    behaviour.handle(exchange);
                });
        server.start();
    }

    static void answer(HttpExchange exchange, int status, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    Endpoint endpoint() {
        return new Endpoint(server.getAddress(), false);
    }

    String request() throws InterruptedException {
        String request = requests.poll(10, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request");
        }
        return request;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
