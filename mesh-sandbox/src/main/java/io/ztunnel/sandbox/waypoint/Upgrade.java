package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;

/** After 101 both connections carry bytes: takes HTTP out of them and joins them. */
final class Upgrade {
    private Upgrade() {}

    static void join(
            Channel client, Channel upstream, HttpResponse response, Joint.Listener listener) {
        client.writeAndFlush(
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        response.status(),
                        Unpooled.EMPTY_BUFFER,
                        response.headers(),
                        EmptyHttpHeaders.INSTANCE));
        // What a codec holds already goes on to the joint when the codec leaves, and must find it.
        Joint.join(
                client,
                upstream,
                listener,
                () -> {
                    remove(client, HttpProxy.class);
                    remove(client, HttpServerCodec.class);
                    remove(upstream, HttpUpstream.class);
                    remove(upstream, HttpClientCodec.class);
                });
    }

    private static void remove(Channel channel, Class<? extends ChannelHandler> type) {
        if (channel.pipeline().get(type) != null) {
            channel.pipeline().remove(type);
        }
    }
}
