package io.ztunnel.daemon.admin;

/** A whole answer; bodies here are small enough to be held in memory. Sent as UTF-8. */
public record HttpReply(int status, String contentType, String body) {
    private static final String TEXT = "text/plain; charset=utf-8";

    static final HttpReply NOT_FOUND = empty(404);
    static final HttpReply METHOD_NOT_ALLOWED = empty(405);

    public static HttpReply text(int status, String body) {
        return new HttpReply(status, TEXT, body);
    }

    static HttpReply empty(int status) {
        return new HttpReply(status, TEXT, "");
    }
}
