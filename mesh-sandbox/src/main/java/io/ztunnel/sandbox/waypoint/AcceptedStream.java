package io.ztunnel.sandbox.waypoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;

import java.net.InetSocketAddress;

/** The first handler of a stream that a client opened: expects a CONNECT and sees to it. */
final class AcceptedStream extends ChannelInboundHandlerAdapter {
    private final Dialled.Peer peer;
    private final Dialled.Services services;

    AcceptedStream(Dialled.Peer peer, Dialled.Services services) {
        this.peer = peer;
        this.services = services;
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
            Destination destination = services.state().get().destinations().find(dialled);
            if (destination == null) {
                services.log()
                        .refused(
                                peer.spiffeId(),
                                Authorities.text(dialled) + " is not bound to this waypoint");
                Endings.abort(context.channel());
            } else {
                accept(context, new Dialled(peer, dialled, destination, services));
            }
        }
    }

    private void answer(ChannelHandlerContext context, int status, String why) {
        services.log().refused(peer.spiffeId(), why);
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
        switch (dialled.service().protocol()) {
            case HTTP1, HTTP2 -> detect(context, dialled, true);
            case DETECT -> detect(context, dialled, false);
            case TCP -> context.pipeline().addLast(new TcpProxy(dialled));
        }
        context.pipeline().remove(this);
    }

    private static void detect(ChannelHandlerContext context, Dialled dialled, boolean onlyHttp) {
        context.pipeline()
                .addLast(
                        new ProtocolDetector(
                                onlyHttp,
                                (at, found) -> {
                                    switch (found) {
                                        case HTTP1 -> HttpProxy.install(at.channel(), dialled);
                                        case HTTP2 -> RequestStreams.serve(at.channel(), dialled);
                                        case OTHER -> at.pipeline().addLast(new TcpProxy(dialled));
                                    }
                                }));
    }
}
