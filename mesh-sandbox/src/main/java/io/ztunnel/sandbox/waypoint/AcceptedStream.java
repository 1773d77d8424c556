package io.ztunnel.sandbox.waypoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;

import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** The first handler of a stream that a client opened: expects a CONNECT and sees to it. */
final class AcceptedStream extends ChannelInboundHandlerAdapter {
    private static final int BODY_PIECE = 64 * 1024;

    private final String peer;
    private final Supplier<Destinations> destinations;
    private final Dialler dialler;
    private final AccessLog log;

    AcceptedStream(
            String peer, Supplier<Destinations> destinations, Dialler dialler, AccessLog log) {
        this.peer = peer;
        this.destinations = destinations;
        this.dialler = dialler;
        this.log = log;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http2HeadersFrame request) {
            connect(context, request);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void connect(ChannelHandlerContext context, Http2HeadersFrame request) {
        Http2Headers headers = request.headers();
        CharSequence authority = headers.authority();
        InetSocketAddress dialled = authority == null ? null : Authorities.parse(authority);
        if (!"CONNECT".contentEquals(headers.method())) {
            answer(context, 405, headers.method() + " is not CONNECT");
        } else if (request.isEndStream() || headers.path() != null || headers.scheme() != null) {
            answer(context, 400, "not a CONNECT for a tunnel");
        } else if (dialled == null) {
            answer(context, 400, "authority " + authority + " is not an address and a port");
        } else {
            Destination destination = destinations.get().find(dialled);
            if (destination == null) {
                log.refused(peer, Authorities.text(dialled) + " is not bound to this waypoint");
                Endings.abort(context.channel());
            } else {
                accept(
                        context,
                        new Dialled(peer, dialled, destination, destinations, dialler, log));
            }
        }
    }

    private void answer(ChannelHandlerContext context, int status, String why) {
        log.refused(peer, why);
        context.write(
                new DefaultHttp2HeadersFrame(
                        new DefaultHttp2Headers().status(Integer.toString(status)), true));
        context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
        context.close();
    }

    /** Says 200 before any endpoint was asked, as Envoy does. */
    private void accept(ChannelHandlerContext context, Dialled dialled) {
        context.writeAndFlush(
                new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
        context.pipeline().addLast(new StreamBytes());
        if (dialled.service().http()) {
            context.pipeline()
                    .addLast(
                            new HttpServerCodec(
                                    new HttpDecoderConfig().setMaxChunkSize(BODY_PIECE)),
                            new HttpProxy(dialled));
        } else {
            context.pipeline().addLast(new TcpProxy(dialled));
        }
        context.pipeline().remove(this);
    }
}
