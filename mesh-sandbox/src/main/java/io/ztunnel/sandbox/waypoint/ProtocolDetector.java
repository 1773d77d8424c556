package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the first bytes of a client and says what they are; then makes room for whoever serves
 * that, which gets these bytes too.
 */
final class ProtocolDetector extends ByteToMessageDecoder {
    /** How a client of HTTP/2 begins (RFC 9113 §3.4). */
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");
    private static final int LONGEST_METHOD = 7;

    /** A client that is silent for so long waits for the server to begin: that is not HTTP. */
    private static final long PATIENCE_MILLIS = 1_000;

    /** What it is. */
    enum Found {
        HTTP1,
        HTTP2,
        OTHER
    }

    /** Told once; adds the handlers that go on. */
    @FunctionalInterface
    interface Listener {
        void found(ChannelHandlerContext context, Found protocol);
    }

    private final boolean onlyHttp;
    private final Listener listener;
    private @Nullable Future<?> patience;
    private boolean told;

    /**
     * @param onlyHttp whether whatever is not HTTP/2 counts as HTTP/1.1
     */
    ProtocolDetector(boolean onlyHttp, Listener listener) {
        this.onlyHttp = onlyHttp;
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (!onlyHttp) {
            patience =
                    context.executor()
                            .schedule(
                                    () -> tell(context, Found.OTHER),
                                    PATIENCE_MILLIS,
                                    TimeUnit.MILLISECONDS);
        }
        context.executor().execute(context::read);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        Found found = look(in);
        if (found != null) {
            tell(context, found);
        }
    }

    private @Nullable Found look(ByteBuf in) {
        int known = Math.min(in.readableBytes(), PREFACE.length);
        boolean preface = true;
        for (int i = 0; i < known && preface; i++) {
            preface = in.getByte(in.readerIndex() + i) == PREFACE[i];
        }
        if (preface) {
            return known == PREFACE.length ? Found.HTTP2 : null;
        }
        return onlyHttp ? Found.HTTP1 : method(in);
    }

    private static @Nullable Found method(ByteBuf in) {
        int length = Math.min(in.readableBytes(), LONGEST_METHOD + 1);
        String text = in.toString(in.readerIndex(), length, StandardCharsets.US_ASCII);
        int space = text.indexOf(' ');
        if (space >= 0) {
            return METHODS.contains(text.substring(0, space)) ? Found.HTTP1 : Found.OTHER;
        }
        return METHODS.stream().anyMatch(method -> method.startsWith(text)) ? null : Found.OTHER;
    }

    private void tell(ChannelHandlerContext context, Found found) {
        if (told || context.isRemoved()) {
            return;
        }
        told = true;
        if (patience != null) {
            patience.cancel(false);
        }
        listener.found(context, found);
        context.pipeline().remove(this);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        super.channelReadComplete(context);
        if (!told) {
            context.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        super.userEventTriggered(context, event);
        if (!told && event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            // No more will come that could tell.
            tell(context, onlyHttp ? Found.HTTP1 : Found.OTHER);
            context.pipeline().fireUserEventTriggered(event);
        } else if (!told && event == Drain.INSTANCE) {
            Endings.abort(context.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        if (patience != null) {
            patience.cancel(false);
        }
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
