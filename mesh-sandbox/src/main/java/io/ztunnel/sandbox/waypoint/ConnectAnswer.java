package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Sends a CONNECT and waits for the 200; then the stream is bytes. */
final class ConnectAnswer extends ChannelInboundHandlerAdapter {
    private static final int ANSWER_SECONDS = 10;

    private final InetSocketAddress target;
    private final Promise<Channel> answer;
    private final Runnable silent;
    private @Nullable ScheduledFuture<?> timeout;

    /**
     * @param silent run when not a word comes back
     */
    ConnectAnswer(InetSocketAddress target, Promise<Channel> answer, Runnable silent) {
        this.target = target;
        this.answer = answer;
        this.silent = silent;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        timeout =
                context.executor()
                        .schedule(
                                () -> {
                                    silent.run();
                                    fail(context, true, "no answer to CONNECT");
                                },
                                ANSWER_SECONDS,
                                TimeUnit.SECONDS);
        context.writeAndFlush(
                        new DefaultHttp2HeadersFrame(
                                new DefaultHttp2Headers()
                                        .method("CONNECT")
                                        .authority(Authorities.text(target))))
                .addListener(
                        sent -> {
                            if (!sent.isSuccess()) {
                                fail(context, true, String.valueOf(sent.cause().getMessage()));
                            }
                        });
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof Http2HeadersFrame headers)) {
            ReferenceCountUtil.release(message);
            fail(context, true, "the answer to CONNECT does not begin with headers");
            return;
        }
        String status = String.valueOf(headers.headers().status());
        if (status.equals("200") && !headers.isEndStream()) {
            settle();
            context.pipeline().replace(this, null, new StreamBytes());
            if (!answer.trySuccess(context.channel())) {
                Endings.abort(context.channel());
            }
        } else if (status.startsWith("1") && !headers.isEndStream()) {
            context.read();
        } else {
            boolean broken = status.length() == 3 && status.charAt(0) == '5';
            fail(context, broken, "CONNECT was answered with " + status);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            fail(context, true, "CONNECT was reset: " + Http2Error.valueOf(reset.errorCode()));
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, true, "tunnel lost before CONNECT was answered");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context, true, String.valueOf(cause.getMessage()));
    }

    private void fail(ChannelHandlerContext context, boolean worthAnother, String why) {
        settle();
        answer.tryFailure(new DialException(Authorities.text(target), worthAnother, why));
        context.close();
    }

    private void settle() {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }
}
