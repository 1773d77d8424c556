package io.ztunnel.sandbox.apps;

import java.util.List;
import java.util.Map;

/** The behaviour of one application: a function from a request to an answer. May block. */
interface HttpApp {
    Answer handle(Request request);

    /**
     * @param path without the query
     * @param traceHeaders headers that an application passes on to those it calls
     */
    record Request(String method, String path, String body, Map<String, String> traceHeaders) {
        List<String> segments() {
            return List.of(path.replaceAll("^/+|/+$", "").split("/"));
        }
    }

    record Answer(int status, String contentType, String body) {
        static final Answer NOT_FOUND = text(404, "not found\n");
        static final Answer HEALTHY = json("{\"status\": \"healthy\"}");

        static Answer json(String body) {
            return new Answer(200, "application/json", body);
        }

        static Answer json(int status, String body) {
            return new Answer(status, "application/json", body);
        }

        static Answer text(int status, String body) {
            return new Answer(status, "text/plain; charset=utf-8", body);
        }

        static Answer html(String body) {
            return new Answer(200, "text/html; charset=utf-8", body);
        }
    }
}
