package io.ztunnel.sandbox.waypoint.request;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The head of a request. Rules are matched against the path that is sent on, so that no spelling of
 * it slips past them.
 *
 * @param authority as the client wrote it, "" when it named none
 * @param path normalized, without query
 * @param query without the question mark, "" when there is none
 * @param headers not to be changed
 */
public record RequestHead(
        String method, String authority, String path, String query, HttpHeaders headers) {

    /**
     * @throws BadRequestException for a target that is no path
     */
    public static RequestHead of(HttpRequest request) throws BadRequestException {
        String target = request.uri();
        String authority = request.headers().get(HttpHeaderNames.HOST, "");
        int scheme = target.indexOf("://");
        if (scheme > 0 && !target.startsWith("/")) {
            // Absolute form: its authority goes before the Host header (RFC 9112 §3.2.2).
            String rest = target.substring(scheme + 3);
            int end = firstOf(rest, "/?");
            authority = rest.substring(0, end);
            target = rest.substring(end);
            if (!target.startsWith("/")) {
                target = "/" + target;
            }
        }
        if (target.indexOf('#') >= 0) {
            throw new BadRequestException("the path has a fragment");
        }
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        return new RequestHead(
                request.method().name(),
                authority,
                PathForm.normal(path),
                question < 0 ? "" : target.substring(question + 1),
                request.headers());
    }

    private static int firstOf(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    /** The path and the query, as they are sent on. */
    public String target() {
        return query.isEmpty() ? path : path + "?" + query;
    }

    /** Without port, in lower case. */
    public String host() {
        return withoutPort(authority).toLowerCase(Locale.ROOT);
    }

    /** Brackets of IPv6 addresses stay. */
    public static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon < 0 || authority.indexOf(']', colon) >= 0
                ? authority
                : authority.substring(0, colon);
    }

    /** All values of a header as one, since they mean the same (RFC 9110 §5.3). */
    public Optional<String> header(String name) {
        List<String> values = headers.getAll(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(String.join(",", values));
    }

    /** The first value of each parameter. */
    public Map<String, List<String>> parameters() {
        return new QueryStringDecoder(query, false).parameters();
    }
}
