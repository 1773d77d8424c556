package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.policy.Verdict;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Joins a client's stream with an endpoint, once there is one. */
final class TcpProxy extends ChannelInboundHandlerAdapter {
    private final Dialled dialled;
    private final WaypointState state;
    private final long start = System.nanoTime();

    /** What was read to find out that it is not HTTP. */
    private final Deque<ByteBuf> early = new ArrayDeque<>();

    private boolean clientEnded;

    TcpProxy(Dialled dialled) {
        this.dialled = dialled;
        this.state = dialled.state();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        Channel client = context.channel();
        if (dialled.check(state, Optional.empty()) instanceof Verdict.Denied denied) {
            log("-", null, 0, 0, "RBAC: access denied: " + denied.reason());
            // Behind the handler that adds this one.
            context.executor().execute(() -> Endings.abort(client));
            return;
        }
        dialled.dialler()
                .dial(dialled.endpoints(state))
                .addListener(
                        (Future<Dialler.Upstream> done) -> {
                            if (done.isSuccess()) {
                                joined(context, done.getNow());
                            } else {
                                DialException failure = (DialException) done.cause();
                                log(
                                        failure.upstream(),
                                        null,
                                        0,
                                        0,
                                        String.valueOf(failure.getMessage()));
                                Endings.abort(client);
                            }
                        });
    }

    private void joined(ChannelHandlerContext context, Dialler.Upstream upstream) {
        Channel client = context.channel();
        String address = Authorities.text(upstream.endpoint().address());
        if (!client.isActive()) {
            log(address, upstream.endpoint(), 0, 0, "the client left");
            Endings.abort(upstream.channel());
            return;
        }
        Joint.join(
                client,
                upstream.channel(),
                (received, sent, cut) ->
                        log(address, upstream.endpoint(), received, sent, cut ? "cut" : ""),
                () -> {
                    ByteBuf bytes;
                    while ((bytes = early.poll()) != null) {
                        context.fireChannelRead(bytes);
                    }
                    context.fireChannelReadComplete();
                    if (clientEnded) {
                        context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                    }
                    context.pipeline().remove(this);
                });
    }

    private void log(
            String upstream, @Nullable Endpoint endpoint, long received, long sent, String remark) {
        dialled.with()
                .log()
                .connection(
                        dialled.path(upstream),
                        received,
                        sent,
                        Duration.ofNanos(System.nanoTime() - start),
                        remark);
        dialled.with()
                .telemetry()
                .connection(
                        ExchangeReport.source(state, dialled),
                        ExchangeReport.destination(state, endpoint),
                        ExchangeReport.service(dialled.service().service()),
                        endpoint == null ? "UF" : "",
                        received,
                        sent);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            early.add(bytes);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            clientEnded = true;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        early.forEach(ByteBuf::release);
        early.clear();
    }

    /** Before there is an endpoint. The dialling goes on, and finds the stream closed. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
