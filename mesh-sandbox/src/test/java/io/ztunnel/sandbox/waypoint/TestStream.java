package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** One stream, for blocking use. It reads only when the test does. */
final class TestStream extends ChannelInboundHandlerAdapter {
    private static final byte[] END = new byte[0];

    private final Http2Headers request;
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

    /** How the input ended. */
    private final AtomicReference<String> ending = new AtomicReference<>("");

    private final CompletableFuture<String> status = new CompletableFuture<>();
    private final CompletableFuture<Http2Error> reset = new CompletableFuture<>();
    private final CompletableFuture<ChannelHandlerContext> context = new CompletableFuture<>();

    TestStream(Http2Headers request) {
        this.request = request;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        active.writeAndFlush(new DefaultHttp2HeadersFrame(request));
        active.read();
        context.complete(active);
    }

    @Override
    public void channelRead(ChannelHandlerContext current, Object message) {
        if (message instanceof Http2HeadersFrame headers) {
            status.complete(String.valueOf(headers.headers().status()));
            if (headers.isEndStream()) {
                ending.compareAndSet("", "END_STREAM");
                received.add(END);
            }
        } else if (message instanceof Http2DataFrame data) {
            byte[] bytes = ByteBufUtil.getBytes(data.content());
            if (bytes.length > 0) {
                received.add(bytes);
            } else if (!data.isEndStream()) {
                current.read();
            }
            if (data.isEndStream()) {
                ending.compareAndSet("", "END_STREAM");
                received.add(END);
            }
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext current, Object event) {
        if (event instanceof Http2ResetFrame frame) {
            Http2Error code = Http2Error.valueOf(frame.errorCode());
            reset.complete(code);
            breakOff("reset " + code);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext current) {
        breakOff("closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext current, Throwable cause) {
        breakOff(cause.toString());
    }

    private void breakOff(String why) {
        ending.compareAndSet("", why);
        received.add(END);
    }

    String status() throws Exception {
        return status.get(10, TimeUnit.SECONDS);
    }

    Http2Error reset() throws Exception {
        return reset.get(10, TimeUnit.SECONDS);
    }

    void end() throws Exception {
        context.get(10, TimeUnit.SECONDS).writeAndFlush(new DefaultHttp2DataFrame(true)).sync();
    }

    void abort() throws Exception {
        context.get(10, TimeUnit.SECONDS)
                .writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR))
                .sync();
    }

    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    context.get(10, TimeUnit.SECONDS)
                            .writeAndFlush(
                                    new DefaultHttp2DataFrame(
                                            Unpooled.copiedBuffer(bytes, offset, length)))
                            .sync();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }

            @Override
            public void close() throws IOException {
                try {
                    end();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        };
    }

    InputStream input() {
        return new InputStream() {
            private byte[] piece = {};
            private int at;
            private boolean ended;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (at == piece.length && !ended) {
                    piece = next();
                    at = 0;
                    ended = piece.length == 0;
                }
                if (ended) {
                    return -1;
                }
                int count = Math.min(length, piece.length - at);
                System.arraycopy(piece, at, into, offset, count);
                at += count;
                return count;
            }
        };
    }

    private byte[] next() throws IOException {
        try {
            byte[] bytes = received.poll();
            if (bytes == null) {
                context.get(10, TimeUnit.SECONDS).channel().read();
                bytes = received.poll(30, TimeUnit.SECONDS);
            }
            if (bytes == null) {
                throw new IOException("nothing came");
            }
            if (bytes.length == 0 && !"END_STREAM".equals(ending.get())) {
                throw new IOException("ended by: " + ending.get());
            }
            return bytes;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
