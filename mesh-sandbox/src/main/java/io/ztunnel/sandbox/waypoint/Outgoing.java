package io.ztunnel.sandbox.waypoint;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.ztunnel.sandbox.waypoint.route.RouteDecision;

import java.util.Locale;
import java.util.Set;

/** Heads as they are sent on. */
final class Outgoing {
    private static final String WEBSOCKET = "websocket";
    private static final CharSequence HTTP2_SETTINGS = "http2-settings";

    /** Whatever a peer names: without these a message would be another, or end elsewhere. */
    private static final Set<String> NEVER_HOPS =
            Set.of("transfer-encoding", "content-length", "host", "te");

    private Outgoing() {}

    /** Whether a client asks for the one protocol that a connection may change to here. */
    static boolean isUpgrade(HttpRequest request) {
        return request.protocolVersion().isKeepAliveDefault()
                && request.headers().containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)
                && request.headers().containsValue(HttpHeaderNames.UPGRADE, WEBSOCKET, true);
    }

    /**
     * @param upgrade whether it may still become something else
     */
    static HttpRequest request(
            HttpRequest request, RouteDecision.Forward forward, boolean upgrade) {
        HttpHeaders headers =
                DefaultHttpHeadersFactory.headersFactory()
                        .withValidation(false) // they have come through a decoder that does
                        .newHeaders()
                        .add(request.headers());
        withoutHops(headers);
        if (upgrade) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            headers.set(HttpHeaderNames.UPGRADE, WEBSOCKET);
        }
        if (!forward.authority().isEmpty()) {
            headers.set(HttpHeaderNames.HOST, forward.authority());
        }
        forward.request().forEach(changes -> changes.apply(headers));
        return new DefaultHttpRequest(
                HttpVersion.HTTP_1_1, request.method(), forward.target(), headers);
    }

    /**
     * Takes out what concerned one connection only (RFC 9110 §7.6.1), and what our codec added. How
     * the body is framed stays.
     */
    static void withoutHops(HttpHeaders headers) {
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String name : value.split(",", -1)) {
                String named = name.strip().toLowerCase(Locale.ROOT);
                if (!named.isEmpty() && !NEVER_HOPS.contains(named)) {
                    headers.remove(named);
                }
            }
        }
        boolean trailers =
                headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
        headers.remove(HttpHeaderNames.CONNECTION);
        headers.remove("keep-alive");
        headers.remove("proxy-connection");
        headers.remove(HttpHeaderNames.UPGRADE);
        headers.remove(HTTP2_SETTINGS);
        headers.remove(HttpHeaderNames.TE);
        if (trailers) {
            // gRPC servers insist on it.
            headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
        for (ExtensionHeaderNames name : ExtensionHeaderNames.values()) {
            headers.remove(name.text());
        }
    }
}
