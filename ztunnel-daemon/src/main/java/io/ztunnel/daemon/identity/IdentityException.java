package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

import java.io.Serial;

/** A certificate could not be had. The message is what the dump and the access log show. */
public final class IdentityException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
        /** The key or the request could not be made. */
        REQUEST,
        /** The CA refused or could not be reached. */
        CA,
        /** The token or the roots for the CA cannot be read. */
        CREDENTIALS,
        /** The CA's answer has no certificates. */
        EMPTY_RESPONSE,
        /** The CA's answer cannot be used. */
        BAD_RESPONSE,
        /** The CA issued for somebody else. */
        WRONG_IDENTITY,
        /** The last workload of the identity is gone, or the manager is closed. */
        FORGOTTEN,
        /** Too many certificates are being waited for. */
        OVERLOADED
    }

    private final Code code;

    IdentityException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause, true, false); // a normal event; the message says all there is
        this.code = code;
    }

    static IdentityException badResponse(String problem, @Nullable Throwable cause) {
        return new IdentityException(Code.BAD_RESPONSE, problem, cause);
    }

    static IdentityException wrongIdentity(Identity expected) {
        return new IdentityException(
                Code.WRONG_IDENTITY, "did not find expected SAN: " + expected, null);
    }

    static IdentityException forgotten() {
        return new IdentityException(Code.FORGOTTEN, "the identity is no longer needed", null);
    }

    public Code code() {
        return code;
    }
}
