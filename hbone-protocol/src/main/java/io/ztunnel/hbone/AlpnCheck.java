package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

import javax.net.ssl.SSLHandshakeException;

/**
 * Refuses a client that offers protocols by ALPN and not h2 among them, RFC 7301 §3.2. One that
 * offers none is served. Netty's OpenSSL contexts cannot do it: they ignore the mismatch. Sits in
 * front of the TLS handler and leaves with the first message.
 */
final class AlpnCheck extends SslClientHelloHandler<Boolean> {
    private static final int ALPN_EXTENSION = 16;

    /** A fatal alert, no_application_protocol, as a record of its own. */
    private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

    private boolean refused;

    @Override
    protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf hello) {
        return ctx.executor().newSucceededFuture(hello == null || allows(hello.duplicate()));
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, Future<Boolean> allowed) {
        if (refused) {
            return;
        }
        if (allowed.getNow()) {
            ctx.pipeline().remove(this);
            return;
        }
        refused = true;
        ctx.writeAndFlush(Unpooled.wrappedBuffer(ALERT));
        ctx.fireExceptionCaught(
                new SSLHandshakeException("the client offers protocols by ALPN, but not h2"));
    }

    /** What is not a ClientHello at all is left to the TLS handler to refuse. */
    private static boolean allows(ByteBuf hello) {
        try {
            hello.skipBytes(2 + 32);
            hello.skipBytes(hello.readUnsignedByte());
            hello.skipBytes(hello.readUnsignedShort());
            hello.skipBytes(hello.readUnsignedByte());
            if (!hello.isReadable()) {
                return true;
            }
            ByteBuf extensions = hello.readSlice(hello.readUnsignedShort());
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf content = extensions.readSlice(extensions.readUnsignedShort());
                if (type == ALPN_EXTENSION) {
                    return offersH2(content.readSlice(content.readUnsignedShort()));
                }
            }
            return true;
        } catch (IndexOutOfBoundsException e) {
            return true;
        }
    }

    private static boolean offersH2(ByteBuf names) {
        while (names.isReadable()) {
            String name =
                    names.readSlice(names.readUnsignedByte()).toString(StandardCharsets.US_ASCII);
            if (name.equals(ApplicationProtocolNames.HTTP_2)) {
                return true;
            }
        }
        return false;
    }
}
