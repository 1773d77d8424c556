package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

import java.io.IOException;

import javax.net.ssl.SSLPeerUnverifiedException;

/** Lets a connection begin once its peer has shown an identity of our trust domain. */
final class PeerGate extends ChannelInboundHandlerAdapter {
    /** Told once, on the event loop. A connection that was refused is closed by the gate. */
    interface Listener {
        void admitted(Channel connection, String peer);

        void refused(Channel connection, IOException why);
    }

    private final SslHandler tls;
    private final String trustDomain;
    private final Listener listener;
    private boolean told;

    PeerGate(SslHandler tls, String trustDomain, Listener listener) {
        this.tls = tls;
        this.trustDomain = trustDomain;
        this.listener = listener;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
            context.fireUserEventTriggered(event);
        } else if (!handshake.isSuccess()) {
            refuse(context, "TLS handshake: " + handshake.cause().getMessage());
        } else {
            String peer = peer();
            if (peer.startsWith("spiffe://" + trustDomain + "/")) {
                told = true;
                listener.admitted(context.channel(), peer);
                context.pipeline().remove(this);
            } else {
                refuse(
                        context,
                        "peer is %s, expected an identity of trust domain %s"
                                .formatted(peer.isEmpty() ? "nobody" : peer, trustDomain));
            }
        }
    }

    private String peer() {
        try {
            return MeshIdentity.spiffeUri(tls.engine().getSession().getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException e) {
            return "";
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        refuse(context, "closed before it said who it is");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        refuse(context, String.valueOf(cause.getMessage()));
    }

    private void refuse(ChannelHandlerContext context, String why) {
        if (!told) {
            told = true;
            listener.refused(context.channel(), new IOException(why));
            context.close();
        }
    }
}
