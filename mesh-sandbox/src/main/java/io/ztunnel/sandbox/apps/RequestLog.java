package io.ztunnel.sandbox.apps;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;

import io.ztunnel.sandbox.apps.HttpApp.Answer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins an application with the JDK's server: bounds the body, names the pod and the caller in the
 * answer, prints one line a request. The caller's address is what an application behind the mesh
 * must still see.
 */
final class RequestLog implements HttpHandler {
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final List<String> TRACE_HEADERS =
            List.of(
                    "x-request-id",
                    "traceparent",
                    "tracestate",
                    "x-b3-traceid",
                    "x-b3-spanid",
                    "x-b3-parentspanid",
                    "x-b3-sampled",
                    "x-b3-flags",
                    "end-user",
                    "user-agent");

    private final String name;
    private final HttpApp app;

    RequestLog(String name, HttpApp app) {
        this.name = name;
        this.app = app;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String caller = exchange.getRemoteAddress().getAddress().getHostAddress();
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES);
            String path = exchange.getRequestURI().getPath();
            Answer answer = answer(exchange, path, new String(body, StandardCharsets.UTF_8));
            System.out.printf(
                    "%s %s %s %d client=%s%n",
                    name, exchange.getRequestMethod(), path, answer.status(), caller);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            Headers headers = exchange.getResponseHeaders();
            headers.set("content-type", answer.contentType());
            headers.set("x-served-by", name);
            headers.set("x-client-address", caller);
            boolean headOnly = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(
                    answer.status(), headOnly || bytes.length == 0 ? -1 : bytes.length);
            if (!headOnly && bytes.length > 0) {
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    private Answer answer(HttpExchange exchange, String path, String body) {
        try {
            return app.handle(
                    new HttpApp.Request(
                            exchange.getRequestMethod(),
                            path,
                            body,
                            traceHeaders(exchange.getRequestHeaders())));
        } catch (RuntimeException e) {
            System.err.println(name + ": " + exchange.getRequestURI() + " failed: " + e);
            return Answer.text(500, "internal error\n");
        }
    }

    private static Map<String, String> traceHeaders(Headers headers) {
        Map<String, String> found = new HashMap<>();
        for (String header : TRACE_HEADERS) {
            String value = headers.getFirst(header);
            if (value != null) {
                found.put(header, value);
            }
        }
        return found;
    }
}
