package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/**
 * One way of a {@link Relay}: bytes from a source end to a sink end, then a half-close. A state
 * machine whose events are the {@code on...} methods:
 *
 * <pre>
 *              data    read complete  source end    source failed  sink writable  sink finished  sink failed
 * READING      write   flush          FINISHING     FINISHING*     -              -              ENDED*
 * PAUSED       write   flush          FINISHING     FINISHING*     READING        -              ENDED*
 * FINISHING    drop    -              -             -              -              ENDED          ENDED*
 * ENDED        drop    -              -             -              -              -              -
 * </pre>
 *
 * Where resets are passed on, a source that was reset has the sink reset instead of finished.
 *
 * <p>{@code *} remembers the error, unless it is one that merely says that a peer has gone. READING
 * becomes PAUSED when the sink is not writable, even after a flush. Entering FINISHING half-closes
 * the sink, after errors too. ENDED without an end of the source stops reading it, and gives no
 * credit back: what was not read makes a socket's close a reset, and a stream's peer run dry.
 */
final class Direction {
    enum State {
        READING,
        PAUSED,
        FINISHING,
        ENDED
    }

    private final Way way;
    private final RelayEnd source;
    private final RelayEnd sink;
    private final Relay.Observer observer;
    private final boolean passResets;
    private State state = State.READING;

    /** Bytes handed to the sink that it has not reported as written. */
    private long unwritten;

    private @Nullable RelayException error;

    Direction(
            Way way, RelayEnd source, RelayEnd sink, Relay.Observer observer, boolean passResets) {
        this.way = way;
        this.source = source;
        this.sink = sink;
        this.observer = observer;
        this.passResets = passResets;
    }

    State state() {
        return state;
    }

    boolean hasEnded() {
        return state == State.ENDED;
    }

    @Nullable RelayException error() {
        return error;
    }

    /** A paused source may still deliver: what it had read already, or within a stream's window. */
    void onData(ByteBuf data) {
        switch (state) {
            case READING, PAUSED -> {
                unwritten += data.readableBytes();
                sink.write(data);
                if (state == State.READING && !sink.isWritable()) {
                    makeRoom();
                }
            }
            case FINISHING, ENDED -> data.release();
        }
    }

    /** What waits in a pipe does not make the sink unwritable: the source waits for the pipe. */
    void onPiped(PipedBytes data) {
        switch (state) {
            case READING, PAUSED -> {
                unwritten += data.count();
                sink.write(data);
            }
            case FINISHING, ENDED -> data.release();
        }
    }

    /** A flush before its time often makes room at once; only a full sink stops the source. */
    private void makeRoom() {
        sink.flush();
        if (state == State.READING && !sink.isWritable()) {
            state = State.PAUSED;
            source.pauseReading();
        }
    }

    void onReadComplete() {
        switch (state) {
            case READING -> makeRoom();
            case PAUSED -> sink.flush();
            case FINISHING, ENDED -> {}
        }
    }

    void onSourceEnd() {
        switch (state) {
            case READING, PAUSED -> finish();
            case FINISHING, ENDED -> {}
        }
    }

    void onSourceFailed(Throwable cause) {
        switch (state) {
            case READING, PAUSED -> {
                error = RelayException.ofReading(way, cause);
                if (passResets && RelayException.isReset(cause)) {
                    // Answered like a close: what was not delivered by now is lost.
                    state = State.FINISHING;
                    sink.reset();
                } else {
                    finish();
                }
            }
            case FINISHING, ENDED -> {}
        }
    }

    private void finish() {
        state = State.FINISHING;
        sink.finish();
    }

    void onSinkWritable() {
        switch (state) {
            case PAUSED -> {
                state = State.READING;
                source.resumeReading();
            }
            case READING, FINISHING, ENDED -> {}
        }
    }

    void onSinkWritten(int bytes) {
        switch (state) {
            case READING, PAUSED, FINISHING -> {
                unwritten -= bytes;
                switch (way) {
                    case SEND -> observer.onReceived(bytes);
                    case RECEIVE -> observer.onSent(bytes);
                }
                source.consumed(bytes);
            }
            case ENDED -> {}
        }
    }

    void onSinkFinished() {
        switch (state) {
            case FINISHING -> state = State.ENDED;
            case READING, PAUSED, ENDED -> {}
        }
    }

    void onSinkFailed(Throwable cause) {
        switch (state) {
            case READING, PAUSED -> {
                state = State.ENDED;
                error = RelayException.ofWriting(way, cause, unwritten > 0);
                source.pauseReading();
            }
            case FINISHING -> {
                state = State.ENDED;
                RelayException closing = RelayException.ofWriting(way, cause, unwritten > 0);
                if (closing != null) {
                    error = closing;
                }
            }
            case ENDED -> {}
        }
    }

    /** The sink is gone in good order: whatever was asked of it has happened. */
    void onSinkClosed() {
        switch (state) {
            case READING, PAUSED -> {
                state = State.ENDED;
                source.pauseReading();
            }
            case FINISHING -> state = State.ENDED;
            case ENDED -> {}
        }
    }

    /** Ends without a word to either end; the caller closes them. */
    void cut() {
        state = State.ENDED;
    }
}
