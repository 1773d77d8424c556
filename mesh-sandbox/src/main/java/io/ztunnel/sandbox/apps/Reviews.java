package io.ztunnel.sandbox.apps;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two reviews of a product: {@code /reviews/{number}}. Version v1 shows no stars, v2 black ones, v3
 * red ones, which it asks ratings for.
 */
final class Reviews implements HttpApp {
    private static final Pattern STARS = Pattern.compile("\"(Reviewer[12])\"\\s*:\\s*(\\d)");

    private final String version;
    private final Peers peers;

    Reviews(String version, Peers peers) {
        this.version = version;
        this.peers = peers;
    }

    @Override
    public Answer handle(Request request) {
        if (request.path().equals("/health")) {
            return Answer.json("{\"status\": \"Reviews is healthy\"}");
        }
        var segments = request.segments();
        if (segments.size() != 2 || !segments.getFirst().equals("reviews")) {
            return Answer.NOT_FOUND;
        }
        String id = segments.getLast();
        if (!id.matches("\\d{1,9}")) {
            return Answer.json(400, "{\"error\": \"please provide numeric product ID\"}");
        }
        Stars stars = version.equals("v1") ? Stars.HIDDEN : stars(id, request);
        return Answer.json(
                """
                {"id": "%s", "podname": "reviews-%s", "reviews": [\
                {"reviewer": "Reviewer1", "text": "An extremely entertaining play by Shakespeare."%s}, \
                {"reviewer": "Reviewer2", "text": "Absolutely fun and entertaining."%s}]}\
                """
                        .formatted(id, version, stars.first, stars.second));
    }

    /** The JSON that follows each review's text. */
    private record Stars(String first, String second) {
        static final Stars HIDDEN = new Stars("", "");
        static final Stars FAILED =
                both(", \"rating\": {\"error\": \"Ratings service is currently unavailable\"}");

        static Stars both(String json) {
            return new Stars(json, json);
        }
    }

    private Stars stars(String id, Request request) {
        String color = version.equals("v2") ? "black" : "red";
        Duration timeout = Duration.ofMillis(color.equals("black") ? 10_000 : 2_500);
        Answer answer =
                Peers.get(peers.ratings() + "/ratings/" + id, request.traceHeaders(), timeout);
        if (answer.status() != 200) {
            return Stars.FAILED;
        }
        String first = "";
        String second = "";
        Matcher matcher = STARS.matcher(answer.body());
        while (matcher.find()) {
            String rating =
                    ", \"rating\": {\"stars\": %s, \"color\": \"%s\"}"
                            .formatted(matcher.group(2), color);
            if (matcher.group(1).equals("Reviewer1")) {
                first = rating;
            } else {
                second = rating;
            }
        }
        return new Stars(first, second);
    }
}
