package io.ztunnel.sandbox.apps;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Stars by product: {@code GET /ratings/{number}}, and POST to store others. */
final class Ratings implements HttpApp {
    private static final String DEFAULT = "{\"Reviewer1\": 5, \"Reviewer2\": 4}";
    private static final int MAX_PRODUCTS = 1000;

    private final Map<String, String> stored = new ConcurrentHashMap<>();

    @Override
    public Answer handle(Request request) {
        if (request.path().equals("/health")) {
            return Answer.json("{\"status\": \"Ratings is healthy\"}");
        }
        var segments = request.segments();
        if (segments.size() != 2 || !segments.getFirst().equals("ratings")) {
            return Answer.NOT_FOUND;
        }
        String id = segments.getLast();
        if (!id.matches("\\d{1,9}")) {
            return Answer.json(400, "{\"error\": \"please provide numeric product ID\"}");
        }
        return switch (request.method()) {
            case "POST" -> store(id, request.body());
            default -> ratings(id);
        };
    }

    private Answer store(String id, String body) {
        if (!body.strip().startsWith("{") || !body.strip().endsWith("}")) {
            return Answer.json(400, "{\"error\": \"please provide valid ratings JSON\"}");
        }
        if (stored.size() >= MAX_PRODUCTS && !stored.containsKey(id)) {
            return Answer.json(507, "{\"error\": \"too many products\"}");
        }
        stored.put(id, body.strip());
        return ratings(id);
    }

    private Answer ratings(String id) {
        return Answer.json(
                "{\"id\": %s, \"ratings\": %s}".formatted(id, stored.getOrDefault(id, DEFAULT)));
    }
}
