package io.ztunnel.sandbox.apps;

/** Book details: {@code /details/{number}}. */
final class Details implements HttpApp {
    @Override
    public Answer handle(Request request) {
        if (request.path().equals("/health")) {
            return Answer.json("{\"status\": \"Details is healthy\"}");
        }
        var segments = request.segments();
        if (segments.size() != 2 || !segments.getFirst().equals("details")) {
            return Answer.NOT_FOUND;
        }
        String id = segments.getLast();
        if (!id.matches("\\d{1,9}")) {
            return Answer.json(400, "{\"error\": \"please provide numeric product id\"}");
        }
        return Answer.json(
                """
                {"id": %s, "author": "William Shakespeare", "year": 1595, "type": "paperback", \
                "pages": 200, "publisher": "PublisherA", "language": "English", \
                "ISBN-10": "1234567890", "ISBN-13": "123-1234567890"}\
                """
                        .formatted(id));
    }
}
