package io.ztunnel.daemon.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * One connection of a client: requests are answered one after the other, in their order. A request
 * must be complete within two seconds of its first byte; the answer may take as long as it needs.
 * Confined to its loop, and the last handler of its pipeline, behind one that holds requests back
 * while reading is off.
 */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    /** The server takes no further requests; sent through the pipeline. */
    static final Object CLOSING = new Object();

    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
    private static final long REQUEST_SECONDS = 2;
    private static final long IDLE_SECONDS = 60;

    private enum Phase {
        /** Connected, or a request has begun. */
        RECEIVING,
        ANSWERING,
        /** Answered, waiting for another request. */
        IDLE
    }

    private final Function<HttpQuery, CompletionStage<HttpReply>> handler;
    private final BooleanSupplier closing;
    private final BodyBudget budget;
    private Phase phase = Phase.RECEIVING;
    private boolean inputEnded;
    private @Nullable Future<?> limit;

    HttpConnection(
            Function<HttpQuery, CompletionStage<HttpReply>> handler,
            BooleanSupplier closing,
            BodyBudget budget) {
        this.handler = handler;
        this.closing = closing;
        this.budget = budget;
    }

    /** To be the first of the pipeline: sees bytes before there is a request. */
    ChannelInboundHandlerAdapter firstByte() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext first, Object bytes) {
                if (phase == Phase.IDLE) {
                    phase = Phase.RECEIVING;
                    closeAfter(first, REQUEST_SECONDS);
                }
                first.fireChannelRead(bytes);
            }
        };
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        closeAfter(context, REQUEST_SECONDS);
        context.fireChannelActive();
    }

    private void closeAfter(ChannelHandlerContext context, long seconds) {
        stopLimit();
        limit = context.executor().schedule(() -> context.close(), seconds, TimeUnit.SECONDS);
    }

    private void stopLimit() {
        if (limit != null) {
            limit.cancel(false);
            limit = null;
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        stopLimit();
        phase = Phase.ANSWERING;
        context.channel().config().setAutoRead(false);
        if (!request.decoderResult().isSuccess()) {
            reply(context, HttpReply.empty(status(request.decoderResult().cause())), false);
            return;
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        CompletionStage<HttpReply> answer;
        try {
            answer = handler.apply(query(request));
        } catch (RuntimeException e) {
            reply(context, failure(e), keepAlive);
            return;
        }
        // In a task of its own: an Error in it must reach the loop, and not end in the stage.
        answer.whenComplete(
                (reply, error) -> {
                    HttpReply what = error == null ? reply : failure(error);
                    context.executor().execute(() -> reply(context, what, keepAlive));
                });
    }

    private static int status(Throwable malformation) {
        return switch (malformation) {
            case TooLongHttpLineException line -> 414;
            case TooLongHttpHeaderException headers -> 431;
            default -> 400;
        };
    }

    private static HttpQuery query(FullHttpRequest request) {
        QueryStringDecoder decoder =
                new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, 64);
        Map<String, String> parameters = new HashMap<>();
        decoder.parameters().forEach((name, values) -> parameters.put(name, values.getLast()));
        return new HttpQuery(
                request.method().name(),
                decoder.path(),
                parameters,
                String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT)));
    }

    private static HttpReply failure(Throwable error) {
        Throwable cause =
                error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error;
        log.warn("a request failed: {}", cause.toString(), cause);
        return HttpReply.text(500, cause + "\n");
    }

    private void reply(ChannelHandlerContext context, HttpReply reply, boolean wanted) {
        if (!context.channel().isActive()) {
            return;
        }
        boolean keepAlive = wanted && !closing.getAsBoolean();
        ChannelFuture written = send(context, reply, keepAlive);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        phase = Phase.IDLE;
        closeAfter(context, IDLE_SECONDS);
        // Delivers the next request on the spot if the client did not wait for this answer.
        context.channel().config().setAutoRead(true);
        if (phase == Phase.IDLE && inputEnded) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private ChannelFuture send(ChannelHandlerContext context, HttpReply reply, boolean keepAlive) {
        BodyBuffer buffer = new BodyBuffer(context.alloc(), budget);
        boolean whole = false;
        try {
            reply.body().writeTo(buffer);
            whole = true;
        } catch (BodyBuffer.FullException e) {
            log.warn("an answer is not given: {}", e.getMessage());
            return sendText(context, HttpReply.text(503, e.getMessage() + "\n"), keepAlive);
        } catch (IOException | RuntimeException e) {
            return sendText(context, failure(e), keepAlive);
        } finally {
            if (!whole) {
                buffer.discard();
            }
        }
        long taken = buffer.taken();
        return context.writeAndFlush(
                        response(reply.status(), reply.contentType(), buffer.finish(), keepAlive))
                .addListener(done -> budget.giveBack(taken));
    }

    /** A line or two, for which there is always room. */
    private static ChannelFuture sendText(
            ChannelHandlerContext context, HttpReply reply, boolean keepAlive) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            reply.body().writeTo(text);
        } catch (IOException e) {
            throw new IllegalStateException("a text cannot be written to memory", e);
        }
        ByteBuf body = Unpooled.wrappedBuffer(text.toByteArray());
        return context.writeAndFlush(
                response(reply.status(), reply.contentType(), body, keepAlive));
    }

    private static FullHttpResponse response(
            int status, String contentType, ByteBuf body, boolean keepAlive) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        HttpUtil.setKeepAlive(response, keepAlive);
        return response;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
        }
        if ((inputEnded || event == CLOSING) && phase == Phase.IDLE) {
            context.close();
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopLimit();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            log.debug("http connection closed: {}", cause.toString());
        }
        context.close();
    }
}
