package io.ztunnel.sandbox.waypoint.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Where Prometheus reads the metrics of a waypoint: {@code /stats/prometheus}. */
public final class MetricsServer implements AutoCloseable {
    /** Where Istio's proxies have theirs. */
    public static final int PORT = 15020;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private MetricsServer(InetSocketAddress address, Telemetry telemetry) throws IOException {
        server = HttpServer.create(address, 0);
        server.setExecutor(threads);
        server.createContext(
                "/stats/prometheus", exchange -> answer(exchange, telemetry.prometheus()));
        server.createContext("/metrics", exchange -> answer(exchange, telemetry.prometheus()));
        server.createContext("/healthz/ready", exchange -> answer(exchange, "ready\n"));
    }

    public static MetricsServer start(InetSocketAddress address, Telemetry telemetry)
            throws IOException {
        MetricsServer metrics = new MetricsServer(address, telemetry);
        metrics.server.start();
        return metrics;
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("content-type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
