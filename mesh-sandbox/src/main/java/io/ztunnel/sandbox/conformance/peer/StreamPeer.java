package io.ztunnel.sandbox.conformance.peer;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One stream of an HBONE connection, seen from either end. */
final class StreamPeer extends ChannelInboundHandlerAdapter implements Peer {
    private final Http2StreamChannel channel;
    private final String local;
    private final Consumer<StreamPeer> onHead;
    private final Inbox inbox = new Inbox();

    /**
     * @param onHead told of the first head, on the event loop
     */
    StreamPeer(Http2StreamChannel channel, String local, Consumer<StreamPeer> onHead) {
        this.channel = channel;
        this.local = local;
        this.onHead = onHead;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof Http2HeadersFrame frame) {
                Map<String, String> fields = new LinkedHashMap<>();
                frame.headers()
                        .forEach(
                                entry ->
                                        fields.merge(
                                                entry.getKey().toString(),
                                                entry.getValue().toString(),
                                                (a, b) -> a + "," + b));
                inbox.headed(fields);
                onHead.accept(this);
                endIf(frame.isEndStream());
            } else if (message instanceof Http2DataFrame frame) {
                if (frame.content().isReadable()) {
                    inbox.received(ByteBufUtil.getBytes(frame.content()));
                }
                endIf(frame.isEndStream());
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void endIf(boolean last) {
        if (last) {
            inbox.ended(new Inbox.End.Finished());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame frame) {
            Http2Error error = Http2Error.valueOf(frame.errorCode());
            inbox.ended(
                    new Inbox.End.WasReset(
                            error == null ? Long.toString(frame.errorCode()) : error.name()));
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inbox.ended(new Inbox.End.Lost());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    /** Sends a head as it is, unchecked. */
    void head(Map<String, String> fields, boolean last) throws IOException {
        Http2Headers headers = new DefaultHttp2Headers(false);
        fields.forEach((name, value) -> headers.add(name.toLowerCase(Locale.ROOT), value));
        await(channel.writeAndFlush(new DefaultHttp2HeadersFrame(headers, last)));
    }

    @Override
    public Inbox inbox() {
        return inbox;
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        await(
                channel.writeAndFlush(
                        new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes), false)));
    }

    @Override
    public void finish() throws IOException {
        await(channel.writeAndFlush(new DefaultHttp2DataFrame(true)));
    }

    @Override
    public void reset(String code) throws IOException {
        await(channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.valueOf(code))));
    }

    static void await(Future<?> written) throws IOException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        written.addListener(
                future -> {
                    if (future.isSuccess()) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(future.cause());
                    }
                });
        SocketPeer.await(done);
    }

    @Override
    public String local() {
        return local;
    }

    @Override
    public String remote() {
        return SocketPeer.text((InetSocketAddress) channel.parent().remoteAddress());
    }

    @Override
    public void close() {
        channel.close();
    }
}
