package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;

import org.jspecify.annotations.Nullable;

/**
 * One stream, the same for both ends of a tunnel: its state, its windows, what waits to be sent,
 * and who is told. On the event loop of its tunnel.
 */
class TunnelStream implements HboneStream {
    /** So much may wait for credit and turn before the writer is told to stop. */
    static final int HIGH_WATER = 512 * 1024;

    /** The writer is called back when no more than this waits. */
    static final int LOW_WATER = 64 * 1024;

    /** A burst is encrypted and sent piece by piece while it is still being read. */
    static final int FLUSH_WATER = 256 * 1024;

    /** Payload of one turn while others wait: with its header it fills four TLS records exactly. */
    static final int TURN_BYTES = 64 * 1024 - FrameSplitter.HEADER_BYTES;

    /** Payload of one turn when nobody waits: one read, and eight records. */
    static final int LONG_TURN_BYTES = 128 * 1024 - FrameSplitter.HEADER_BYTES;

    final Tunnel tunnel;
    final FlowWindows.Send sendWindow;
    private final FlowWindows.Receive receiveWindow;
    private final SendQueue queue = new SendQueue();
    private StreamHandler handler = new HeldEvents();
    private StreamState state = StreamState.OPEN;
    private int id;
    private boolean finishing;
    private boolean writable = true;

    /** Marks of the tunnel's lists, so that a stream is in each at most once. */
    boolean waitsForTurn;

    boolean waitsToWrite;
    boolean readInBurst;

    TunnelStream(Tunnel tunnel, int id) {
        this.tunnel = tunnel;
        this.id = id;
        this.sendWindow = new FlowWindows.Send(tunnel.peerInitialWindow());
        this.receiveWindow = tunnel.newReceiveWindow();
    }

    /** 0 while a client's stream waits for the peer to allow another one. */
    final int id() {
        return id;
    }

    final void opened(int streamId) {
        id = streamId;
    }

    final StreamState state() {
        return state;
    }

    // ---- what the owner of the stream does

    @Override
    public final EventLoop eventLoop() {
        return tunnel.eventLoop();
    }

    @Override
    public final void setHandler(StreamHandler receiver) {
        if (handler instanceof HeldEvents held) {
            held.replay(this, receiver);
        }
        handler = receiver;
    }

    @Override
    public void write(ByteBuf data) {
        if (!state.canSend() || finishing) {
            data.release();
            return;
        }
        queue.add(data);
        if (queue.bytes() >= FLUSH_WATER) {
            tunnel.readyToSend(this);
            tunnel.flushNow();
        }
    }

    @Override
    public final void flush() {
        if (state.canSend() && !queue.isEmpty()) {
            tunnel.readyToSend(this);
            tunnel.requestFlush();
        }
    }

    @Override
    public void finish() {
        if (!state.canSend() || finishing) {
            return;
        }
        finishing = true;
        tunnel.readyToSend(this);
        tunnel.requestFlush();
    }

    @Override
    public void reset(long errorCode) {
        if (state == StreamState.CLOSED) {
            discardHeld();
            return;
        }
        if (id != 0) {
            tunnel.writer().reset(id, errorCode);
            tunnel.requestFlush();
        }
        leave();
    }

    @Override
    public final boolean isWritable() {
        if (writable && !takesMore(HIGH_WATER)) {
            writable = false;
            tunnel.blocked(this);
        }
        return writable;
    }

    @Override
    public final void returnCredit(int bytes) {
        if (state == StreamState.CLOSED) {
            // The tunnel took them for gone when the stream left it.
            return;
        }
        int held = receiveWindow.held();
        int increment = receiveWindow.giveBack(bytes);
        if (increment > 0 && state.canReceive()) {
            tunnel.writer().windowUpdate(id, increment);
            tunnel.requestFlush();
        }
        tunnel.letGo(held - receiveWindow.held());
    }

    // ---- sending

    private boolean takesMore(int limit) {
        return state.canSend()
                && !finishing
                && queue.bytes() < limit
                && sendWindow.available() > 0
                && tunnel.takesMore();
    }

    /** The peer allows more bytes than before. */
    final void moreCredit() {
        tunnel.readyToSend(this);
        tunnel.requestFlush();
        maybeWritable();
    }

    /** Something that {@link #isWritable} depends on has changed for the better. */
    final void maybeWritable() {
        if (!writable && takesMore(LOW_WATER)) {
            writable = true;
            handler.onWritable(this);
        }
    }

    /** Puts a stream whose writer still waits back on the tunnel's list. */
    final void staysBlocked() {
        if (!writable && state.canSend()) {
            tunnel.blocked(this);
        }
    }

    /** True when a turn would send something, given credit of the connection. */
    final boolean hasTurn() {
        if (!state.canSend()) {
            return false;
        }
        return queue.isEmpty() ? finishing : sendWindow.available() > 0;
    }

    /** True when all that is left to send is END_STREAM, which needs no credit. */
    final boolean onlyEnds() {
        return queue.isEmpty();
    }

    /**
     * Sends what is waiting up to the quantum and the credit of stream and connection.
     *
     * @param othersWait for their turns
     */
    final void takeTurn(FlowWindows.Send connection, boolean othersWait) {
        int queued = queue.bytes();
        // A window may be below zero, and END_STREAM alone needs none.
        int credit = Math.max(0, Math.min(sendWindow.available(), connection.available()));
        int bytes = queue.upTo(Math.min(othersWait ? TURN_BYTES : LONG_TURN_BYTES, credit));
        boolean end = finishing && bytes == queued;
        if (queued == 0) {
            tunnel.writer().end(id);
        } else {
            sendWindow.take(bytes);
            connection.take(bytes);
            tunnel.writer().data(id, queue, bytes, end);
        }
        if (end) {
            state = state.after(StreamState.Event.SENT_END);
            boolean both = state == StreamState.CLOSED;
            handler.onFinished(this);
            if (both) {
                leaveWith(null);
            }
        } else {
            maybeWritable();
        }
    }

    // ---- receiving

    /**
     * A DATA frame of so many flow-controlled bytes begins.
     *
     * @return the error that resets the stream, or null
     */
    @Nullable Http2Error receiveFrame(int bytes) {
        if (!state.canReceive()) {
            return Http2Error.STREAM_CLOSED;
        }
        return receiveWindow.take(bytes) ? null : Http2Error.FLOW_CONTROL_ERROR;
    }

    final void receiveData(ByteBuf data) {
        if (state.canReceive()) {
            handler.onData(this, data);
        } else {
            data.release();
        }
    }

    final void readComplete() {
        if (state != StreamState.CLOSED) {
            handler.onReadComplete(this);
        }
    }

    final void receiveEnd() {
        if (!state.canReceive()) {
            return;
        }
        state = state.after(StreamState.Event.RECEIVED_END);
        boolean both = state == StreamState.CLOSED;
        signalEnd();
        if (both) {
            leaveWith(null);
        }
    }

    /**
     * RST_STREAM from the peer. Three codes mean no more than "I am done": what arrived before is
     * complete, as the reference ztunnel and Envoy use them. Whether our own bytes were wanted is
     * another matter: unless they had all been sent the stream was cut.
     */
    final void receiveReset(long errorCode) {
        boolean done =
                errorCode == Http2Error.NO_ERROR.code()
                        || errorCode == Http2Error.CANCEL.code()
                        || errorCode == Http2Error.STREAM_CLOSED.code();
        StreamState before = state;
        if (before == StreamState.CLOSED) {
            return;
        }
        cut();
        if (done && before.canReceive()) {
            signalEnd();
        }
        boolean well = done && before == StreamState.LOCAL_ENDED;
        leaveWith(well ? null : HboneException.reset(errorCode, "reset by the peer: " + errorCode));
    }

    /**
     * The tunnel is gone, or this stream with it. To the receiver it is the end of the data; to the
     * sender a failure unless everything had been sent.
     */
    final void lost(HboneException cause) {
        StreamState before = state;
        if (before == StreamState.CLOSED) {
            return;
        }
        cut();
        if (before.canReceive()) {
            signalEnd();
        }
        leaveWith(before == StreamState.LOCAL_ENDED ? null : cause);
    }

    /** Resets the stream for what the peer did on it. */
    final void refuseFrame(Http2Error error, String why) {
        if (state == StreamState.CLOSED) {
            return;
        }
        tunnel.writer().reset(id, error.code());
        tunnel.requestFlush();
        cut();
        leaveWith(HboneException.reset(error.code(), why));
    }

    // ---- the end

    /** Leaves the tunnel without a word to the handler. */
    final void leave() {
        cut();
        discardHeld();
        leaveTunnel();
        tunnel.afterStreamEnd();
    }

    /** The owner gave the stream up without ever having asked for its events. */
    final void discardHeld() {
        if (handler instanceof HeldEvents held) {
            held.discard();
        }
    }

    private void cut() {
        state = state.after(StreamState.Event.CUT);
        queue.clear();
    }

    private void leaveWith(@Nullable HboneException cause) {
        leaveTunnel();
        signalClosed(cause);
        tunnel.afterStreamEnd();
    }

    private void leaveTunnel() {
        tunnel.left(this);
        tunnel.forget(this);
        tunnel.letGo(receiveWindow.held());
        receiveWindow.end();
    }

    void signalEnd() {
        handler.onEnd(this);
    }

    void signalClosed(@Nullable HboneException cause) {
        handler.onClosed(this, cause);
    }
}
