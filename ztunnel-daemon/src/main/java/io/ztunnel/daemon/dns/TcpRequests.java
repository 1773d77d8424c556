package io.ztunnel.daemon.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Objects;

/**
 * Requests that come over one connection. The next is read when the reply to the last one has left,
 * so that a client which does not read costs one reply. A client that is silent for five seconds,
 * or does not take its reply for so long, is let go.
 */
final class TcpRequests extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(TcpRequests.class);
    private static final int LENGTH_BYTES = 2;
    private static final int PATIENCE_SECONDS = 5;

    private enum State {
        LISTENING,
        ASKING,
        REPLYING
    }

    private final Requests requests;
    private @Nullable ChannelHandlerContext context;
    private State state = State.LISTENING;

    /** Whether the next request was asked for and has not come. */
    private boolean wanting;

    private boolean draining;
    private boolean clientIsDone;

    private TcpRequests(Requests requests) {
        this.requests = requests;
    }

    /** Makes a channel that reads on demand one that takes requests. */
    static TcpRequests addTo(ChannelPipeline pipeline, Requests requests) {
        TcpRequests handler = new TcpRequests(requests);
        pipeline.addLast(
                new IdleStateHandler(0, 0, PATIENCE_SECONDS),
                new LengthFieldBasedFrameDecoder(
                        Messages.TCP_LIMIT + LENGTH_BYTES, 0, LENGTH_BYTES, 0, LENGTH_BYTES),
                new FlowControlHandler(),
                handler);
        return handler;
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    /** Begins to read. */
    void start() {
        want();
    }

    private void want() {
        wanting = true;
        context().read();
    }

    /** Ends when it has replied to the request at hand. */
    void drain() {
        draining = true;
        if (state == State.LISTENING) {
            context().close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object message) {
        ByteBuf frame = (ByteBuf) message;
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        wanting = false;
        state = State.ASKING;
        requests.handle(bytes, Protocol.TCP, this::reply);
    }

    /** A part of a request has come, and with that the wish for it counts as fulfilled. */
    @Override
    public void channelReadComplete(ChannelHandlerContext at) {
        if (wanting) {
            at.read();
        }
    }

    private void reply(byte @Nullable [] reply) {
        if (reply == null) {
            next();
            return;
        }
        state = State.REPLYING;
        ByteBuf frame = Unpooled.buffer(LENGTH_BYTES + reply.length);
        frame.writeShort(reply.length).writeBytes(reply);
        context()
                .writeAndFlush(frame)
                .addListener(
                        sent -> {
                            if (sent.isSuccess()) {
                                next();
                            } else {
                                context().close();
                            }
                        });
    }

    private void next() {
        state = State.LISTENING;
        if (draining) {
            context().close();
        } else {
            // Not from within the read that brought the last request: many may be there already.
            context().executor().execute(this::listen);
        }
    }

    /** Takes a request that was read before, else reads on. */
    private void listen() {
        if (state == State.LISTENING) {
            want();
            if (clientIsDone && state == State.LISTENING) {
                context().close();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext at, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent) {
            clientIsDone = true;
            listen();
        } else if (!(event instanceof IdleStateEvent)) {
            super.userEventTriggered(at, event);
        } else if (state != State.ASKING) {
            at.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) throws Exception {
        if (cause instanceof IOException) {
            log.debug("a DNS connection has ended: {}", cause.toString());
            at.close();
        } else {
            super.exceptionCaught(at, cause);
        }
    }
}
