package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;

import java.time.Duration;

/** Joins a client's stream with an endpoint, once there is one. */
final class TcpProxy extends ChannelInboundHandlerAdapter {
    private final Dialled dialled;
    private final long start = System.nanoTime();

    TcpProxy(Dialled dialled) {
        this.dialled = dialled;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        Channel client = context.channel();
        dialled.dialler()
                .dial(dialled.endpoints())
                .addListener(
                        (Future<Dialler.Upstream> done) -> {
                            if (done.isSuccess()) {
                                joined(context, done.getNow());
                            } else {
                                DialException failure = (DialException) done.cause();
                                log(failure.upstream(), 0, 0, String.valueOf(failure.getMessage()));
                                Endings.abort(client);
                            }
                        });
    }

    private void joined(ChannelHandlerContext context, Dialler.Upstream upstream) {
        Channel client = context.channel();
        String address = Authorities.text(upstream.endpoint().address());
        if (!client.isActive()) {
            log(address, 0, 0, "the client left");
            Endings.abort(upstream.channel());
            return;
        }
        context.pipeline().remove(this);
        Joint.join(
                client,
                upstream.channel(),
                (received, sent, cut) -> log(address, received, sent, cut ? "cut" : ""));
    }

    private void log(String upstream, long received, long sent, String remark) {
        dialled.log()
                .connection(
                        dialled.path(upstream),
                        received,
                        sent,
                        Duration.ofNanos(System.nanoTime() - start),
                        remark);
    }

    /** Before there is an endpoint. The dialling goes on, and finds the stream closed. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
