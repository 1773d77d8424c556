package io.ztunnel.daemon.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A whole answer. */
public record HttpReply(int status, String contentType, Body body) {
    private static final String TEXT = "text/plain; charset=utf-8";

    static final HttpReply NOT_FOUND = empty(404);
    static final HttpReply METHOD_NOT_ALLOWED = empty(405);

    /** Writes the content; called once, on the admin thread, before anything is sent. */
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Of a text, sent as UTF-8. */
    public static HttpReply of(int status, String contentType, String body) {
        return new HttpReply(
                status, contentType, out -> out.write(body.getBytes(StandardCharsets.UTF_8)));
    }

    public static HttpReply text(int status, String body) {
        return of(status, TEXT, body);
    }

    static HttpReply empty(int status) {
        return text(status, "");
    }
}
