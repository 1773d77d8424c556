package io.ztunnel.hbone;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

import org.jspecify.annotations.Nullable;

import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** Waits for the TLS handshake of a channel, judges what came of it, and makes way for a tunnel. */
final class HandshakeGate extends ChannelInboundHandlerAdapter {
    private static final Pattern ALLOWED_SUITE = Pattern.compile("TLS_.*AES_(128|256)_GCM_SHA\\d+");

    /**
     * Encrypted bytes that may wait for the network before the streams' writers are told to stop.
     */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(256 * 1024, 512 * 1024);

    private static final int MIN_READ = 2 * 1024;
    private static final int FIRST_READ = 16 * 1024;
    private static final int MAX_READ = 128 * 1024;
    private static final int READS_PER_TURN = 16;

    /** What becomes of it, on the event loop: exactly one of the two is called, once. */
    interface Outcome {
        /**
         * The peer is who it must be.
         *
         * @return the handler to put in the gate's place
         */
        ChannelHandler onPeer(VerifiedPeer peer);

        /** The channel is being closed. */
        void onFailure(HboneException cause);
    }

    private final TlsContext tls;
    private final Outcome outcome;
    private boolean done;

    private HandshakeGate(TlsContext tls, Outcome outcome) {
        this.tls = tls;
        this.outcome = outcome;
    }

    /**
     * Begins the handshake on an active channel, on its event loop.
     *
     * @param handshakeTasks computes what the loop {@linkplain HandshakePlace does not}
     */
    static void install(
            Channel channel,
            TlsContext tls,
            HboneSettings settings,
            Executor handshakeTasks,
            Outcome outcome) {
        if (!channel.isActive()) {
            channel.close();
            outcome.onFailure(failure(new ClosedChannelException()));
            return;
        }
        SslHandler ssl;
        try {
            ssl = tls.newHandler(channel.alloc(), HandshakePlace.ofLoop().next(handshakeTasks));
        } catch (CertificateException e) {
            channel.close();
            outcome.onFailure(
                    HboneException.of(
                            HboneException.Code.CERTIFICATE, String.valueOf(e.getMessage()), e));
            return;
        }
        ssl.setHandshakeTimeoutMillis(settings.handshakeTimeout().toMillis());
        channel.config()
                .setWriteBufferWaterMark(WATER_MARK)
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(MIN_READ, FIRST_READ, MAX_READ)
                                .maxMessagesPerRead(READS_PER_TURN));
        if (tls.needsAlpnCheck()) {
            channel.pipeline().addLast(new AlpnCheck());
        }
        channel.pipeline().addLast(ssl, new HandshakeGate(tls, outcome));
        channel.config().setAutoRead(true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
            ctx.fireUserEventTriggered(event);
        } else if (handshake.isSuccess()) {
            succeed(ctx);
        } else {
            fail(ctx, failure(handshake.cause()));
        }
    }

    private void succeed(ChannelHandlerContext ctx) {
        SSLSession session = ctx.pipeline().get(SslHandler.class).engine().getSession();
        String suite = session.getCipherSuite();
        if (!ALLOWED_SUITE.matcher(suite).matches()) {
            fail(ctx, tls("the cipher suite " + suite + " is not allowed", null));
            return;
        }
        VerifiedPeer peer;
        try {
            peer = tls.peer(session);
        } catch (SSLException e) {
            fail(ctx, failure(e));
            return;
        }
        done = true;
        ctx.pipeline().replace(this, null, outcome.onPeer(peer));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(ctx, failure(new ClosedChannelException()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ctx, failure(cause));
        if (cause instanceof Error) {
            ctx.fireExceptionCaught(cause);
        }
    }

    private void fail(ChannelHandlerContext ctx, HboneException cause) {
        if (!done) {
            done = true;
            ctx.close();
            outcome.onFailure(cause);
        }
    }

    private static HboneException failure(Throwable cause) {
        return cause instanceof ClosedChannelException
                ? tls("the connection was closed during the TLS handshake", cause)
                : tls(TlsFailure.describe(cause), cause);
    }

    private static HboneException tls(String message, @Nullable Throwable cause) {
        return HboneException.of(HboneException.Code.TLS, message, cause);
    }
}
