package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.ztunnel.sandbox.waypoint.route.RouteDecision;

import java.util.Map;

/**
 * What a client is told in the upstream's place.
 *
 * @param flag of Envoy, "" for none
 * @param remark for the log, "" when the status says it all
 */
record LocalAnswer(
        int status, Map<String, String> headers, String body, String flag, String remark) {

    static LocalAnswer of(int status, String text) {
        return new LocalAnswer(status, Map.of(), text, "", text);
    }

    static LocalAnswer of(RouteDecision.Respond respond) {
        return new LocalAnswer(
                respond.status(),
                respond.headers(),
                respond.body(),
                respond.status() == 404 ? "NR" : "",
                respond.body());
    }

    LocalAnswer flagged(String letters) {
        return new LocalAnswer(status, headers, body, letters, remark);
    }

    LocalAnswer quiet() {
        return new LocalAnswer(status, headers, body, flag, "");
    }

    /**
     * @param grpc whether the client can only read a status of gRPC
     * @param head whether there must be no body
     */
    FullHttpResponse response(ByteBufAllocator buffers, boolean grpc, boolean head) {
        return grpc ? grpc() : plain(buffers, head);
    }

    private FullHttpResponse plain(ByteBufAllocator buffers, boolean head) {
        ByteBuf text = ByteBufUtil.writeUtf8(buffers, body);
        int length = text.readableBytes();
        if (head) {
            text.release();
            text = Unpooled.EMPTY_BUFFER;
        }
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), text);
        if (length > 0) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        }
        headers.forEach((name, value) -> response.headers().set(name, value));
        HttpUtil.setContentLength(response, length);
        return response;
    }

    /** An answer of gRPC that is nothing but its status. */
    private FullHttpResponse grpc() {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/grpc")
                .set("grpc-status", Integer.toString(grpcStatus()))
                .set("grpc-message", body.replaceAll("[^ -$&-~]", "?"));
        return response;
    }

    /** As gRPC maps the status of HTTP (its http-grpc-status-mapping), and 504 as Envoy does. */
    private int grpcStatus() {
        return switch (status) {
            case 400 -> 13;
            case 401 -> 16;
            case 403 -> 7;
            case 404 -> 12;
            case 429, 502, 503, 504 -> 14;
            default -> 2;
        };
    }
}
