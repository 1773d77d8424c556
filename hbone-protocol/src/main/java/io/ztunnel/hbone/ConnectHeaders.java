package io.ztunnel.hbone;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** A CONNECT and its answer as header lists, RFC 9113 §8.5. */
final class ConnectHeaders {
    private static final int MAX_METHOD = 32;

    static final AsciiString BAGGAGE = AsciiString.cached("baggage");
    static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    static final AsciiString NETWORK = AsciiString.cached("x-forwarded-network");

    private static final AsciiString CONNECT = HttpMethod.CONNECT.asciiName();
    private static final Http2Headers OK =
            ReadOnlyHttp2Headers.serverHeaders(true, AsciiString.cached("200"));

    /** What RFC 9113 §6.5.2 adds to the name and value of each field. */
    private static final int FIELD_OVERHEAD = 32;

    /** Of RFC 3986 an authority may use letters, digits, percent-encoding and these. */
    private static final String AUTHORITY_MARKS = "-._~%!$&'()*+,;=:@[]";

    private ConnectHeaders() {}

    /** A method in printable characters, not many of them. */
    static String printable(CharSequence method) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(method.length(), MAX_METHOD); i++) {
            char c = method.charAt(i);
            text.append(c > ' ' && c <= '~' ? c : '?');
        }
        return text.toString();
    }

    static boolean isConnect(CharSequence method) {
        return CONNECT.contentEquals(method);
    }

    /** Why a CONNECT is malformed and to be reset, or null when it is well-formed. */
    static @Nullable String malformation(Http2Headers headers) {
        if (headers.method() == null) {
            return "a request without :method";
        }
        if (headers.scheme() != null || headers.path() != null) {
            return "CONNECT with :scheme or :path";
        }
        if (headers.contains(PseudoHeaderName.PROTOCOL.value())) {
            return "CONNECT with :protocol, which was not offered";
        }
        List<CharSequence> authorities = headers.getAll(PseudoHeaderName.AUTHORITY.value());
        if (authorities.size() != 1 || !isAuthority(authorities.get(0))) {
            return "CONNECT without one valid :authority";
        }
        return null;
    }

    private static boolean isAuthority(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric =
                    c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && AUTHORITY_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return text.length() > 0;
    }

    /** Of a CONNECT without {@link #malformation}. */
    static ConnectRequest request(Http2Headers headers) {
        return new ConnectRequest(
                headers.authority().toString(),
                all(headers, BAGGAGE),
                first(headers, FORWARDED),
                first(headers, TRACEPARENT),
                first(headers, NETWORK));
    }

    /**
     * @throws IllegalArgumentException when a value cannot be a header's
     */
    static Http2Headers of(ConnectRequest request) {
        Http2Headers headers = new DefaultHttp2Headers(true, true, 8);
        headers.method(CONNECT).authority(AsciiString.of(request.authority()));
        for (String line : request.baggage()) {
            headers.add(BAGGAGE, AsciiString.of(line));
        }
        addIfPresent(headers, FORWARDED, request.forwarded());
        addIfPresent(headers, TRACEPARENT, request.traceparent());
        addIfPresent(headers, NETWORK, request.network());
        return headers;
    }

    /**
     * @throws IllegalArgumentException when the baggage cannot be a header's value
     */
    static Http2Headers ok(@Nullable String baggage) {
        if (baggage == null) {
            return OK;
        }
        return new DefaultHttp2Headers(true, true, 2)
                .status(AsciiString.cached("200"))
                .add(BAGGAGE, AsciiString.of(baggage));
    }

    static Http2Headers status(int status) {
        return ReadOnlyHttp2Headers.serverHeaders(true, AsciiString.of(Integer.toString(status)));
    }

    /** The status of an answer, or -1 for none or nonsense. */
    static int status(Http2Headers headers) {
        CharSequence text = headers.status();
        if (text == null || text.length() != 3) {
            return -1;
        }
        int status = 0;
        for (int i = 0; i < 3; i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            status = status * 10 + digit - '0';
        }
        return status;
    }

    static List<String> baggage(Http2Headers headers) {
        return all(headers, BAGGAGE);
    }

    /** The size of a header list as SETTINGS_MAX_HEADER_LIST_SIZE counts it. */
    static long size(Http2Headers headers) {
        long size = 0;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            size += field.getKey().length() + field.getValue().length() + FIELD_OVERHEAD;
        }
        return size;
    }

    private static void addIfPresent(
            Http2Headers headers, AsciiString name, @Nullable String value) {
        if (value != null) {
            headers.add(name, AsciiString.of(value));
        }
    }

    private static List<String> all(Http2Headers headers, AsciiString name) {
        List<CharSequence> values = headers.getAll(name);
        return values.isEmpty() ? List.of() : values.stream().map(CharSequence::toString).toList();
    }

    private static @Nullable String first(Http2Headers headers, AsciiString name) {
        CharSequence value = headers.get(name);
        return value == null ? null : value.toString();
    }
}
