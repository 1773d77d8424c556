package io.ztunnel.sandbox.apps;

import java.time.Duration;

/** The page that calls details and reviews, and its small API. */
final class ProductPage implements HttpApp {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final String PRODUCT =
            """
            {"id": 0, "title": "The Comedy of Errors", "descriptionHtml": "A play by William Shakespeare."}\
            """;

    private final Peers peers;

    ProductPage(Peers peers) {
        this.peers = peers;
    }

    @Override
    public Answer handle(Request request) {
        return switch (request.path()) {
            case "/health" -> Answer.text(200, "Product page is healthy\n");
            case "/", "/index.html" ->
                    Answer.html("<h1>Bookinfo</h1><a href=\"/productpage\">productpage</a>\n");
            case "/productpage" -> page(request);
            case "/login", "/logout" -> Answer.text(200, "ok\n");
            case "/metrics" -> Answer.text(200, "# no metrics here\n");
            case "/api/v1/products" -> Answer.json("[" + PRODUCT + "]");
            default -> api(request);
        };
    }

    private Answer api(Request request) {
        var segments = request.segments();
        boolean product =
                segments.size() >= 4
                        && request.path().startsWith("/api/v1/products/")
                        && segments.get(3).matches("\\d{1,9}");
        if (!product) {
            return Answer.NOT_FOUND;
        }
        String id = segments.get(3);
        if (segments.size() == 4) {
            return details(id, request);
        }
        return switch (segments.get(4)) {
            case "reviews" -> reviews(id, request);
            case "ratings" ->
                    Peers.get(
                            peers.ratings() + "/ratings/" + id,
                            request.traceHeaders(),
                            CALL_TIMEOUT);
            default -> Answer.NOT_FOUND;
        };
    }

    private Answer page(Request request) {
        Answer details = details("0", request);
        Answer reviews = reviews("0", request);
        return Answer.html(
                """
                <!DOCTYPE html>
                <html><head><title>Simple Bookstore App</title></head><body>
                <h1>The Comedy of Errors</h1>
                <h2>Book Details</h2><pre id="details">%s</pre>
                <h2>Book Reviews</h2><pre id="reviews">%s</pre>
                </body></html>
                """
                        .formatted(shown(details, "details"), shown(reviews, "reviews")));
    }

    private static String shown(Answer answer, String what) {
        return answer.status() == 200
                ? answer.body()
                : "Sorry, product "
                        + what
                        + " are currently unavailable ("
                        + answer.status()
                        + ").";
    }

    private Answer details(String id, Request request) {
        return Peers.get(peers.details() + "/details/" + id, request.traceHeaders(), CALL_TIMEOUT);
    }

    /** Tried twice, as the original does. */
    private Answer reviews(String id, Request request) {
        String url = peers.reviews() + "/reviews/" + id;
        Answer first = Peers.get(url, request.traceHeaders(), CALL_TIMEOUT);
        return first.status() == 200 ? first : Peers.get(url, request.traceHeaders(), CALL_TIMEOUT);
    }
}
