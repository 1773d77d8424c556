package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serial;

/** A failure of a tunnel or of one stream, with a code that callers decide by. No stack trace. */
public final class HboneException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes; each belongs to the tunnel as a whole or to one stream. */
    public enum Code {
        /**
         * TCP connect to the peer did not finish in time: often a NetworkPolicy that blocks 15008.
         */
        CONNECT_TIMEOUT(true),
        /** TCP connect failed. */
        CONNECT(true),
        /** The own certificate could not be had. */
        CERTIFICATE(true),
        /** There is a certificate, and the TLS library cannot use it or the settings. */
        TLS_CONFIGURATION(true),
        /** The TLS handshake failed: untrusted, wrong identity, no common parameters. */
        TLS(true),
        /** The peer broke HTTP/2, or the tunnel's connection was lost. */
        HTTP2(true),
        /** The pool or tunnel is shutting down. */
        DRAINING(true),
        /** The peer answered the CONNECT with another status than 200; see {@link #status}. */
        STATUS(false),
        /** The peer reset the stream; see {@link #errorCode}. */
        RESET(false);

        private final boolean tunnel;

        Code(boolean tunnel) {
            this.tunnel = tunnel;
        }

        /** True when every stream of the tunnel is affected. */
        public boolean ofTunnel() {
            return tunnel;
        }
    }

    private final Code code;
    private final int status;
    private final long errorCode;

    private HboneException(
            Code code, int status, long errorCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.status = status;
        this.errorCode = errorCode;
    }

    public static HboneException of(Code code, String message, @Nullable Throwable cause) {
        return new HboneException(code, 0, 0, message, cause);
    }

    public static HboneException status(int status) {
        return new HboneException(Code.STATUS, status, 0, "http status: " + status, null);
    }

    public static HboneException reset(long errorCode, String message) {
        return new HboneException(Code.RESET, 0, errorCode, message, null);
    }

    public Code code() {
        return code;
    }

    /** The HTTP status of {@link Code#STATUS}, else 0. */
    public int status() {
        return status;
    }

    /** The HTTP/2 error code of {@link Code#RESET}, else 0 (NO_ERROR). */
    public long errorCode() {
        return errorCode;
    }

    /** Failures are part of normal operation here; the message says all there is. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
