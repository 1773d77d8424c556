package io.ztunnel.hbone;

import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.codec.http2.Http2Error;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;

/**
 * Why a relay ended otherwise than well. The texts are those of the reference ztunnel's access log.
 * Resets, broken pipes and ends in mid-air are no errors here: any TCP connection may end that way,
 * and operators look for connections that could not do their work. No stack trace.
 */
public final class RelayException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
        /** Client to server broke. */
        SEND,
        /** Server to client broke. */
        RECEIVE,
        /** The server took no more before it had everything. */
        DESTINATION_DISCONNECTED,
        /** The client took no more before it had everything. */
        CLIENT_DISCONNECTED,
        /** A half-close could not be delivered, to either side. */
        SHUTDOWN
    }

    private static final String BROKEN_PIPE = "broken pipe";

    private final Code code;

    private RelayException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /** Failures are part of normal operation here; the message says all there is. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    /** What it means that an end could not be read; null when its peer has merely gone. */
    static @Nullable RelayException ofReading(Way way, Throwable cause) {
        boolean gone =
                cause instanceof HboneException hbone
                        ? isNoError(hbone) || isCut(hbone)
                        : isPeerGone(cause);
        return gone ? null : copying(way, cause);
    }

    /**
     * What it means that an end could not be written; null when its peer has merely gone.
     *
     * @param unsent whether bytes were given to the end that it has not sent
     */
    static @Nullable RelayException ofWriting(Way way, Throwable cause, boolean unsent) {
        if (cause instanceof HboneException hbone) {
            if (isNoError(hbone)) {
                // RFC 9113 8.1: the peer has said all and wants no more of ours; no error as such.
                return unsent ? disconnected(way, cause) : null;
            }
            // A stream's peer reads until END_STREAM: it has not gone well if it could not get one.
            return new RelayException(
                    Code.SHUTDOWN,
                    "while closing connection: "
                            + way.verb()
                            + ": io error: "
                            + (isCut(hbone) ? BROKEN_PIPE : SystemErrors.text(cause)),
                    cause);
        }
        return isPeerGone(cause) ? null : copying(way, cause);
    }

    private static RelayException copying(Way way, Throwable cause) {
        Code code =
                switch (way) {
                    case SEND -> Code.SEND;
                    case RECEIVE -> Code.RECEIVE;
                };
        return new RelayException(
                code, way.verb() + ": io error: " + SystemErrors.text(cause), cause);
    }

    private static RelayException disconnected(Way way, Throwable cause) {
        Code code =
                switch (way) {
                    case SEND -> Code.DESTINATION_DISCONNECTED;
                    case RECEIVE -> Code.CLIENT_DISCONNECTED;
                };
        String message =
                way.verb() + ": " + way.receiver() + " disconnected before all data was written";
        return new RelayException(code, message, cause);
    }

    /**
     * Whether the peer has cut a connection that was not over. On a tunnel RFC 9113 §8.5 has
     * RST_STREAM(CONNECT_ERROR) for that; some codes are but ways to say that all is done.
     */
    static boolean isReset(Throwable cause) {
        return cause instanceof HboneException hbone
                ? hbone.code() == HboneException.Code.RESET && !isNoError(hbone) && !isCut(hbone)
                : cause instanceof NativeIoException io
                        && io.expectedErr() == Errors.ERRNO_ECONNRESET_NEGATIVE;
    }

    private static boolean isNoError(HboneException cause) {
        return cause.code() == HboneException.Code.RESET
                && cause.errorCode() == Http2Error.NO_ERROR.code();
    }

    /** The peer dropped the stream, or the whole tunnel is lost. */
    private static boolean isCut(HboneException cause) {
        return cause.code().ofTunnel()
                || cause.errorCode() == Http2Error.CANCEL.code()
                || cause.errorCode() == Http2Error.STREAM_CLOSED.code();
    }

    private static boolean isPeerGone(Throwable cause) {
        if (cause instanceof NativeIoException io) {
            int error = io.expectedErr();
            return error == Errors.ERRNO_ECONNRESET_NEGATIVE
                    || error == Errors.ERRNO_EPIPE_NEGATIVE
                    || error == Errors.ERRNO_ENOTCONN_NEGATIVE;
        }
        return cause instanceof EOFException
                || cause instanceof ClosedChannelException
                || cause instanceof NotYetConnectedException;
    }
}
