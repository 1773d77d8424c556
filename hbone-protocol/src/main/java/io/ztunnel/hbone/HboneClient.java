package io.ztunnel.hbone;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.util.concurrent.Executor;

/** Opens tunnels. */
public final class HboneClient {
    private HboneClient() {}

    /**
     * Registers the channel, connects it to {@code key.destination()} and starts a tunnel on it.
     * May be called from any thread. Cancelling the future closes the channel; so does every
     * failure.
     *
     * @param channel new, neither registered nor connected; owned by this from now on
     * @param tls of {@link HboneTls#client} for the key's identities; must stay open until the
     *     future is done
     * @param budget of the pod that dials
     * @param handshakeTasks runs the costly parts of handshakes; bounded, and shared by all tunnels
     * @return the tunnel, or an {@link HboneException} with CONNECT_TIMEOUT, CONNECT, CERTIFICATE
     *     or TLS; completes on {@code loop}
     */
    public static Future<OutboundTunnel> connect(
            TunnelKey key,
            SocketChannel channel,
            EventLoop loop,
            TlsContext tls,
            HboneSettings settings,
            ByteBudget budget,
            Executor handshakeTasks) {
        Promise<OutboundTunnel> promise = loop.newPromise();
        long timeoutMillis = Math.max(1, settings.connectTimeout().toMillis());
        channel.config()
                .setConnectTimeoutMillis((int) Math.min(Integer.MAX_VALUE, timeoutMillis))
                .setAutoRead(false);
        closeOnCancel(channel, promise);
        loop.register(channel)
                .addListener(
                        registered -> {
                            if (!registered.isSuccess()) {
                                channel.unsafe().closeForcibly();
                                promise.tryFailure(connectFailure(key, registered.cause()));
                                return;
                            }
                            ChannelFuture connected = channel.connect(key.destination());
                            connected.addListener(
                                    done -> {
                                        if (done.isSuccess()) {
                                            handshake(
                                                    channel,
                                                    tls,
                                                    settings,
                                                    budget,
                                                    handshakeTasks,
                                                    promise);
                                        } else {
                                            channel.close();
                                            promise.tryFailure(connectFailure(key, done.cause()));
                                        }
                                    });
                        });
        return promise;
    }

    /**
     * Starts a tunnel on a channel that is active: one over a stream of another tunnel, say. May be
     * called from any thread; nothing must have been read from the channel. Otherwise as {@link
     * #connect}.
     */
    public static Future<OutboundTunnel> start(
            Channel active,
            TlsContext tls,
            HboneSettings settings,
            ByteBudget budget,
            Executor handshakeTasks) {
        Promise<OutboundTunnel> promise = active.eventLoop().newPromise();
        closeOnCancel(active, promise);
        if (active.eventLoop().inEventLoop()) {
            handshake(active, tls, settings, budget, handshakeTasks, promise);
        } else {
            active.eventLoop()
                    .execute(
                            () ->
                                    handshake(
                                            active,
                                            tls,
                                            settings,
                                            budget,
                                            handshakeTasks,
                                            promise));
        }
        return promise;
    }

    private static void closeOnCancel(Channel channel, Promise<OutboundTunnel> promise) {
        promise.addListener(
                done -> {
                    if (done.isCancelled() && channel.isRegistered()) {
                        channel.close();
                    }
                });
    }

    private static void handshake(
            Channel channel,
            TlsContext tls,
            HboneSettings settings,
            ByteBudget budget,
            Executor handshakeTasks,
            Promise<OutboundTunnel> promise) {
        if (promise.isDone()) {
            channel.close();
            return;
        }
        HandshakeGate.install(
                channel,
                tls,
                settings,
                handshakeTasks,
                new HandshakeGate.Outcome() {
                    @Override
                    public ChannelHandler onPeer(VerifiedPeer peer) {
                        ClientTunnel tunnel = new ClientTunnel(settings, peer, budget, 1);
                        // The gate is being replaced: the tunnel is usable one task later.
                        channel.eventLoop().execute(() -> promise.trySuccess(tunnel));
                        return tunnel;
                    }

                    @Override
                    public void onFailure(HboneException cause) {
                        promise.tryFailure(cause);
                    }
                });
    }

    private static HboneException connectFailure(TunnelKey key, Throwable cause) {
        boolean timeout = isTimeout(cause);
        return HboneException.of(
                timeout ? HboneException.Code.CONNECT_TIMEOUT : HboneException.Code.CONNECT,
                "connecting to %s: %s".formatted(key.destination(), SystemErrors.text(cause)),
                cause);
    }

    /** Our own limit, or the kernel's when that is shorter. */
    private static boolean isTimeout(Throwable cause) {
        return cause instanceof ConnectTimeoutException
                || String.valueOf(cause.getMessage()).contains("Connection timed out");
    }
}
