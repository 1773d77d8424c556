package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Both ends of a tunnel without sockets and TLS, with one open stream. After the CONNECT they no
 * longer talk to each other: what an end sends is dropped, what it receives is put together here.
 */
public final class BareTunnel implements AutoCloseable {
    private static final HboneSettings D = HboneSettings.DEFAULTS;

    /** No PING comes while a benchmark runs. */
    private static final HboneSettings SETTINGS =
            new HboneSettings(
                    D.streamWindow(),
                    D.connectionWindow(),
                    D.maxFrameSize(),
                    D.maxConcurrentStreams(),
                    D.maxStreamsPerTunnel(),
                    D.idleTimeout(),
                    D.connectTimeout(),
                    Duration.ofHours(1),
                    Duration.ofHours(1),
                    Duration.ofHours(1));

    private final Wire toServer = new Wire();
    private final Wire toClient = new Wire();
    private final EmbeddedChannel client;
    private final EmbeddedChannel server;
    private final HboneStream sender;
    private final int streamId = 1;
    private final FrameWriter headerWriter;

    /** Bytes that were handed to the receiving stream's handler. */
    private long received;

    /** Keeps what an end sends for the other one, or drops it. */
    private static final class Wire extends ChannelOutboundHandlerAdapter {
        final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
        boolean drops;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ByteBuf bytes = (ByteBuf) message;
            if (drops) {
                bytes.release();
            } else {
                waiting.add(bytes);
            }
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {}

        void deliverTo(EmbeddedChannel other) {
            for (ByteBuf next = waiting.poll(); next != null; next = waiting.poll()) {
                other.pipeline().fireChannelRead(next);
            }
            other.pipeline().fireChannelReadComplete();
            other.runPendingTasks();
        }
    }

    public BareTunnel() {
        ClientTunnel clientTunnel = new ClientTunnel(SETTINGS, List.of());
        client = new EmbeddedChannel(toServer, clientTunnel);
        server = new EmbeddedChannel(toClient, new ServerTunnel(SETTINGS, List.of(), new Accept()));
        var stream =
                clientTunnel.connect(
                        new ConnectRequest("10.0.0.1:80", List.of(), null, null, null),
                        new Count());
        for (int i = 0; i < 4; i++) {
            client.runPendingTasks();
            toServer.deliverTo(server);
            toClient.deliverTo(client);
        }
        if (!stream.isSuccess()) {
            throw new IllegalStateException("no stream", stream.cause());
        }
        sender = stream.getNow();
        toServer.drops = true;
        toClient.drops = true;
        headerWriter = new FrameWriter(client.pipeline().context(clientTunnel));
    }

    public ByteBufAllocator alloc() {
        return client.alloc();
    }

    /** One read of an application's socket goes into the tunnel, and its credit comes back. */
    public void send(ByteBuf data) {
        int bytes = data.readableBytes();
        sender.write(data);
        sender.flush();
        client.runPendingTasks();
        ByteBuf credit = alloc().directBuffer(2 * (FrameSplitter.HEADER_BYTES + 4));
        windowUpdate(credit, 0, bytes);
        windowUpdate(credit, streamId, bytes);
        client.pipeline().fireChannelRead(credit);
        client.pipeline().fireChannelReadComplete();
        client.runPendingTasks();
    }

    private static void windowUpdate(ByteBuf out, int streamId, int increment) {
        header(out, 4, Http2FrameTypes.WINDOW_UPDATE, streamId);
        out.writeInt(increment);
    }

    /** The beginning of a DATA frame to the server, for what is then {@link #receive}d. */
    public void dataHeader(ByteBuf out, int length) {
        header(out, length, Http2FrameTypes.DATA, streamId);
    }

    private static void header(ByteBuf out, int length, int type, int streamId) {
        out.writeMedium(length).writeByte(type).writeByte(0).writeInt(streamId);
    }

    /** Decrypted bytes of one TLS record arrive. */
    public void receive(ByteBuf record) {
        server.pipeline().fireChannelRead(record);
    }

    /**
     * The burst of records is over.
     *
     * @return bytes of payload that have come in all
     */
    public long readComplete() {
        server.pipeline().fireChannelReadComplete();
        server.runPendingTasks();
        return received;
    }

    /** The HEADERS frame of a CONNECT, as it goes to the channel. */
    public void encode(int id, ConnectRequest request) throws Http2Exception {
        headerWriter.headers(id, ConnectHeaders.of(request), false);
        headerWriter.flush();
    }

    @Override
    public void close() {
        headerWriter.close();
        client.close();
        server.close();
    }

    private final class Accept implements InboundTunnelHandler {
        @Override
        public void onTunnel(InboundTunnel tunnel) {}

        @Override
        public void onHandshakeFailed(HboneException cause) {}

        @Override
        public void onBadRequest(InboundTunnel tunnel, String why) {}

        @Override
        public void onConnect(InboundStream stream) {
            stream.setHandler(new Count());
            stream.accept(null);
        }
    }

    /** An application that takes everything at once. */
    private final class Count implements StreamHandler {
        @Override
        public void onData(HboneStream stream, ByteBuf data) {
            int bytes = data.readableBytes();
            received += bytes;
            data.release();
            stream.returnCredit(bytes);
        }

        @Override
        public void onReadComplete(HboneStream stream) {}

        @Override
        public void onEnd(HboneStream stream) {
            throw new IllegalStateException("the stream ended");
        }

        @Override
        public void onWritable(HboneStream stream) {}

        @Override
        public void onClosed(HboneStream stream, @Nullable HboneException cause) {
            if (cause != null) {
                throw new IllegalStateException("the stream was closed", cause);
            }
        }
    }
}
