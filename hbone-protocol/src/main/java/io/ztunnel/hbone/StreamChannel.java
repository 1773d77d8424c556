package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.util.concurrent.TimeUnit;

/**
 * One stream of a tunnel as a channel, so that a tunnel of its own can run inside: {@link
 * HboneClient#start} and {@link HboneServer#start} take it like a socket. Active and not reading
 * when it is handed over; all of it happens on the event loop of the outer tunnel.
 *
 * <p>Credit of the stream goes back as bytes enter the pipeline: who does not read holds at most
 * one window. What cannot be sent waits in the channel's outbound buffer, whose water marks tell
 * the writer.
 *
 * <p>As with a socket without half-closure, an END_STREAM of the peer closes the channel after the
 * last byte was read, and a reset or the loss of the outer tunnel is an exception and then the
 * close. Closing sends END_STREAM after all that was flushed; a stream that is not over some
 * seconds later is reset.
 */
public final class StreamChannel extends AbstractChannel {
    /** Like every transport's default; a burst of the outer tunnel is one read anyway. */
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private static final long LINGER_SECONDS = 5;

    private final HboneStream stream;
    private final ChannelConfig config = new Config(this);
    private final HeldBytes held = new HeldBytes();
    private final Promise<Void> streamEnd;
    private @Nullable Future<?> linger;

    /** The pipeline asked for data and has not been told that this is all for now. */
    private boolean reading;

    private boolean delivered;
    private boolean deliveryScheduled;
    private boolean inputEnded;
    private @Nullable HboneException failure;

    /** The stream takes no calls any more. */
    private boolean streamOver;

    private volatile boolean open = true;

    private StreamChannel(HboneStream stream) {
        super(null);
        this.stream = stream;
        this.streamEnd = stream.eventLoop().newPromise();
        streamEnd.setUncancellable();
        config.setAutoRead(false);
    }

    /**
     * Opens a stream on the tunnel and waits for 200. Called on the tunnel's event loop. Cancelling
     * gives the stream up.
     *
     * @return completed on the event loop; failures are those of {@link OutboundTunnel#connect}
     */
    public static Future<StreamChannel> open(OutboundTunnel tunnel, ConnectRequest request) {
        Promise<StreamChannel> opened = tunnel.eventLoop().newPromise();
        Future<HboneStream> answer = tunnel.connect(request, new HeldEvents());
        answer.addListener(
                (Future<HboneStream> stream) -> {
                    if (!stream.isSuccess()) {
                        opened.tryFailure(stream.cause());
                    } else if (opened.setUncancellable()) {
                        opened.setSuccess(over(stream.getNow()));
                    } else {
                        stream.getNow().reset(Http2Error.CANCEL.code());
                    }
                });
        opened.addListener(
                done -> {
                    if (done.isCancelled()) {
                        answer.cancel(false);
                    }
                });
        return opened;
    }

    /**
     * Takes over a stream that is open in both directions. Called on its event loop.
     *
     * @param stream answered with 200, and its events not asked for by anybody else
     */
    public static StreamChannel over(HboneStream stream) {
        StreamChannel channel = new StreamChannel(stream);
        stream.eventLoop().register(channel);
        stream.setHandler(channel.new Events());
        return channel;
    }

    /**
     * Done when nothing is left of the stream: both directions have ended, or it was reset. Later
     * than the close of the channel, but by no more than some seconds. Never fails.
     */
    public Future<Void> streamEnd() {
        return streamEnd;
    }

    /** Cuts the stream with a reset; what was not sent is dropped. On the event loop. */
    public void abort() {
        if (!streamOver) {
            stream.reset(Http2Error.CANCEL.code());
            endStream();
        }
        unsafe().close(unsafe().voidPromise());
    }

    // ---- receiving

    private final class Events implements StreamHandler {
        @Override
        public void onData(HboneStream from, ByteBuf data) {
            if (!open) {
                // Its END_STREAM may be behind data that wants credit.
                int bytes = data.readableBytes();
                data.release();
                stream.returnCredit(bytes);
            } else if (reading && held.isEmpty()) {
                deliver(data);
            } else {
                held.add(data);
            }
        }

        @Override
        public void onReadComplete(HboneStream from) {
            completeRead();
        }

        @Override
        public void onEnd(HboneStream from) {
            inputEnded = true;
            // The cause, if this is the loss of the tunnel, is told next.
            scheduleDelivery();
        }

        @Override
        public void onWritable(HboneStream from) {
            ((StreamUnsafe) unsafe()).resumeFlush();
        }

        @Override
        public void onClosed(HboneStream from, @Nullable HboneException cause) {
            inputEnded = true;
            failure = cause;
            endStream();
            scheduleDelivery();
        }
    }

    private void deliver(ByteBuf data) {
        int bytes = data.readableBytes();
        delivered = true;
        pipeline().fireChannelRead(data);
        stream.returnCredit(bytes);
    }

    private void completeRead() {
        if (delivered) {
            delivered = false;
            reading = false;
            pipeline().fireChannelReadComplete();
        }
    }

    @Override
    protected void doBeginRead() {
        reading = true;
        if (!held.isEmpty() || inputEnded) {
            scheduleDelivery();
        }
    }

    /** Never from within a call of the pipeline, which may not expect data meanwhile. */
    private void scheduleDelivery() {
        if (open && !deliveryScheduled) {
            deliveryScheduled = true;
            stream.eventLoop().execute(this::deliverHeld);
        }
    }

    private void deliverHeld() {
        deliveryScheduled = false;
        while (reading && !held.isEmpty()) {
            ByteBuf data = held.poll();
            if (data != null) {
                deliver(data);
            }
        }
        completeRead();
        if (!open || (reading && !held.isEmpty())) {
            return;
        }
        if (failure != null) {
            // Whoever did not read by now has lost the rest, as with a TCP reset.
            pipeline().fireExceptionCaught(failure);
            unsafe().close(unsafe().voidPromise());
        } else if (reading && inputEnded) {
            unsafe().close(unsafe().voidPromise());
        }
    }

    // ---- sending

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        while (!streamOver && in.current() instanceof ByteBuf next && stream.isWritable()) {
            stream.write(next.retain());
            in.remove();
        }
        stream.flush();
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("a stream carries bytes only: " + message);
    }

    // ---- the end

    @Override
    protected void doClose() {
        if (!open) {
            return;
        }
        open = false;
        reading = false;
        held.release();
        if (!streamOver) {
            linger = stream.eventLoop().schedule(this::abort, LINGER_SECONDS, TimeUnit.SECONDS);
            stream.finish();
            stream.flush();
        }
    }

    private void endStream() {
        streamOver = true;
        if (linger != null) {
            linger.cancel(false);
        }
        streamEnd.trySuccess(null);
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    // ---- what makes it a channel

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop.equals(stream.eventLoop());
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("a stream has no address");
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new StreamUnsafe();
    }

    private final class StreamUnsafe extends AbstractUnsafe {
        @Override
        public void connect(
                SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
            promise.tryFailure(new AlreadyConnectedException());
        }

        void resumeFlush() {
            flush0();
        }
    }

    private final class Config extends DefaultChannelConfig {
        Config(Channel channel) {
            super(channel);
        }

        @Override
        protected void autoReadCleared() {
            reading = false;
        }
    }
}
