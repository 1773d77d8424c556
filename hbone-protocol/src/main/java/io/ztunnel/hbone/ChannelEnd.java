package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;

/**
 * An application's TCP socket as one side of a relay. Nothing is read before the relay asks, so
 * that a connection that is refused while data of the client waits is reset by the kernel; a FIN in
 * either direction leaves the other one open.
 *
 * <p>The channel's loop must run on {@link RelayIoHandler}, which says why.
 *
 * <p>What is read comes in buffers that {@link ReadSizes} chooses; what is relayed to another
 * socket comes through a {@linkplain PipedInput pipe} after the first MiB. In steady state neither
 * reading nor writing allocates.
 */
public final class ChannelEnd extends ChannelInboundHandlerAdapter implements RelayEnd {
    /** A reader that stands still costs at most the high mark and one read. */
    private static final WriteBufferWaterMark WATER_MARKS =
            new WriteBufferWaterMark(64 << 10, 512 << 10);

    /** What a queued write keeps from others is its whole buffer, however little is in it. */
    private static final MessageSizeEstimator HELD_MEMORY =
            () -> {
                MessageSizeEstimator.Handle others =
                        DefaultMessageSizeEstimator.DEFAULT.newHandle();
                return message ->
                        message instanceof ByteBuf buffer
                                ? buffer.capacity()
                                : others.size(message);
            };

    /**
     * Bytes that a connection has delivered in buffers before a pipe is opened for the rest:
     * opening takes as long as copying some tens of KiB, and most connections carry less.
     */
    private static final int PIPED_AFTER_BYTES = 1 << 20;

    private enum Output {
        OPEN,
        /** finish() was called; FIN follows when everything is written. */
        FINISHING,
        /** FIN is sent, or writing has failed. */
        SHUT
    }

    private enum Reporting {
        IDLE,
        /** Inside flush(), which reports when it is done. */
        FLUSHING,
        /** The loop wrote by itself; a task to report is queued. */
        SCHEDULED
    }

    private final SocketChannel channel;

    /** Writes too small to queue one by one in a channel that is full. */
    private final HeldBytes tiny = new HeldBytes();

    private final WriteProgress progress;

    /** An {@link EarlyInput} until the relay asks for data. */
    private Relay.Input input = new EarlyInput();

    private Output output = Output.OPEN;
    private Reporting reporting = Reporting.IDLE;
    private boolean inputEnded;
    private boolean closing;

    /** Bytes to be copied before a pipe is opened; never where the relay has not allowed it. */
    private long copiesLeft = Long.MAX_VALUE;

    private @Nullable PipedInput piped;

    /** Bytes given to the channel that the socket has not taken, as far as reported. */
    private long unwritten;

    /**
     * Sets the options that a relayed socket needs. To be called before the channel is registered:
     * an event loop that is not told otherwise reads at once.
     */
    public static void prepare(SocketChannel channel) {
        var config = channel.config();
        config.setAutoRead(false);
        config.setAllowHalfClosure(true);
        // A failed write must not close the channel: what the peer sent before is still to be read.
        config.setOption(ChannelOption.AUTO_CLOSE, false);
        config.setRecvByteBufAllocator(ReadSizes.INSTANCE);
        config.setWriteBufferWaterMark(WATER_MARKS);
        config.setMessageSizeEstimator(HELD_MEMORY);
    }

    /**
     * How a relayed socket is read. A channel keeps what it was read with first: whoever reads one
     * before its relay does must delegate to this.
     */
    public static RecvByteBufAllocator readSizes() {
        return ReadSizes.INSTANCE;
    }

    /**
     * Joins the channel's pipeline as its last handler. Called on the channel's loop. From here on
     * the end owns the channel: who gets no further than this calls {@link #abort}.
     *
     * @param channel {@linkplain #prepare prepared}, registered and connected
     */
    public ChannelEnd(SocketChannel channel) {
        if (channel.config().isAutoRead() || channel.config().isAutoClose()) {
            throw new IllegalArgumentException("channel was not prepared: " + channel);
        }
        if (!(channel.eventLoop() instanceof IoEventLoop loop)
                || !loop.isIoType(RelayIoHandler.class)) {
            throw new IllegalArgumentException("not on a loop for relays: " + channel);
        }
        this.channel = channel;
        this.progress = new WriteProgress(channel, this::onProgress);
        channel.pipeline().addLast(this);
        if (!channel.isActive()) {
            // Closed before anybody listened: the relay must hear of it all the same.
            onGone(new ClosedChannelException());
        } else if (channel.isInputShutdown()) {
            // Reset before anybody listened, which shows without reading: see RelayIoHandler.
            endInput(new ClosedChannelException());
        }
    }

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    @Override
    public void attach(Relay.Input relay) {
        EarlyInput.before(input).attach(relay);
    }

    @Override
    public void resumeReading() {
        if (input instanceof EarlyInput early) {
            input = early.relay();
            early.replay();
        }
        if (inputEnded || closing) {
            return;
        }
        if (piped != null) {
            piped.resume();
        } else {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void pauseReading() {
        if (closing) {
            return;
        }
        if (piped != null) {
            piped.pause();
        } else {
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public boolean takesPiped() {
        return descriptor() != null;
    }

    @Override
    public void allowPiped() {
        copiesLeft = PIPED_AFTER_BYTES;
    }

    private @Nullable Socket descriptor() {
        return channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket
                ? socket
                : null;
    }

    /** The kernel's receive window does it. */
    @Override
    public void consumed(int bytes) {}

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void write(ByteBuf data) {
        if (output != Output.OPEN || closing || !data.isReadable()) {
            data.release();
            return;
        }
        int bytes = data.readableBytes();
        unwritten += bytes;
        if (bytes < HeldBytes.PIECE_BYTES && !channel.isWritable()) {
            tiny.add(data);
            return;
        }
        writeTiny();
        channel.write(data, progress);
    }

    @Override
    public void write(PipedBytes data) {
        Socket socket = descriptor();
        if (output != Output.OPEN || closing || socket == null) {
            data.release();
            return;
        }
        unwritten += data.count();
        writeTiny();
        channel.write(data.to(socket), progress);
    }

    private void writeTiny() {
        for (ByteBuf next = tiny.poll(); next != null; next = tiny.poll()) {
            channel.write(next, progress);
        }
    }

    @Override
    public void flush() {
        if (reporting == Reporting.FLUSHING || closing) {
            return;
        }
        Reporting before = reporting;
        reporting = Reporting.FLUSHING;
        if (channel.isWritable()) {
            writeTiny();
        }
        channel.flush();
        reporting = before;
        report();
    }

    @Override
    public void finish() {
        if (output == Output.OPEN) {
            output = Output.FINISHING;
            writeTiny();
            flush();
        }
    }

    @Override
    public void close() {
        closing = true;
        closePiped();
        channel.close();
    }

    @Override
    public void abort() {
        close();
    }

    @Override
    public void reset() {
        try {
            // Without anything to linger for, close(2) sends a reset: see socket(7).
            channel.config().setSoLinger(0);
        } catch (ChannelException gone) {
            // Then there is nobody to be told.
        }
        close();
    }

    private void onProgress() {
        if (reporting == Reporting.IDLE) {
            reporting = Reporting.SCHEDULED;
            channel.eventLoop().execute(this::reportScheduled);
        }
    }

    private void reportScheduled() {
        reporting = Reporting.IDLE;
        report();
    }

    private void report() {
        reportWritten();
        if (output == Output.FINISHING && unwritten == 0 && !closing) {
            sendFin();
        }
    }

    /**
     * Not by the channel's own shutdownOutput(), which makes an exception with its stack for those
     * who might still write: nobody does, see {@link #write}.
     */
    private void sendFin() {
        Socket socket = descriptor();
        if (socket == null) {
            channel.shutdownOutput();
            return;
        }
        output = Output.SHUT;
        tiny.release();
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException reset) {
            // The peer has reset the connection, so it knows. What it sent before may be readable.
            input.onFinished();
            return;
        }
        input.onFinished();
    }

    private void reportWritten() {
        int written = progress.take();
        if (written > 0) {
            unwritten -= written;
            input.onWritten(written);
        }
    }

    private void onOutputShutdown() {
        reportWritten();
        tiny.release();
        boolean finished = output == Output.FINISHING && unwritten == 0;
        output = Output.SHUT;
        if (finished) {
            input.onFinished();
        } else {
            Throwable cause = progress.failure();
            input.onWriteFailed(cause != null ? cause : new ClosedChannelException());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        copiesLeft -= data.readableBytes();
        input.onData(data);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        input.onReadComplete();
        if (copiesLeft <= 0 && piped == null && channel.config().isAutoRead()) {
            openPiped();
        }
    }

    private void openPiped() {
        Socket socket = descriptor();
        if (socket != null) {
            piped = PipedInput.open((IoEventLoop) channel.eventLoop(), socket, new Piped());
        }
        if (piped == null) {
            copiesLeft = Long.MAX_VALUE;
        } else {
            channel.config().setAutoRead(false);
        }
    }

    private void closePiped() {
        if (piped != null) {
            piped.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable() && !tiny.isEmpty()) {
            writeTiny();
            channel.flush();
        }
        if (channel.isWritable()) {
            input.onWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownReadComplete.INSTANCE) {
            endInput(null);
        } else if (event == ChannelOutputShutdownEvent.INSTANCE) {
            onOutputShutdown();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        endInput(cause);
        if (!(cause instanceof IOException)) {
            // No failure of a socket: ours, or the machine's. Whoever owns the process must see it.
            ctx.fireExceptionCaught(cause);
            close();
        }
    }

    private void endInput(@Nullable Throwable failure) {
        if (inputEnded) {
            return;
        }
        inputEnded = true;
        // The end stays readable for epoll for as long as the channel is open.
        channel.config().setAutoRead(false);
        closePiped();
        if (failure == null) {
            input.onEnd();
        } else {
            input.onReadFailed(failure);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        onGone(closing ? null : new ClosedChannelException());
    }

    private void onGone(@Nullable Throwable cause) {
        closing = true;
        closePiped();
        output = Output.SHUT;
        tiny.release();
        inputEnded = true;
        if (input instanceof EarlyInput early) {
            early.discard();
        }
        input.onClosed(cause);
    }

    /** The input once it comes through a pipe. */
    private final class Piped implements PipedInput.Reader {
        @Override
        public void onPiped(PipedBytes bytes) {
            input.onPiped(bytes);
        }

        @Override
        public void onReadComplete() {
            input.onReadComplete();
        }

        @Override
        public void onEnd() {
            endInput(null);
        }

        @Override
        public void onFailed(IOException cause) {
            endInput(cause);
        }
    }
}
