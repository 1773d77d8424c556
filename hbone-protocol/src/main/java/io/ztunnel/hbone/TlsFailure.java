package io.ztunnel.hbone;

import java.security.cert.CertificateException;

import javax.net.ssl.SSLException;

/** Finds in a chain of causes the one line that says why a TLS connection failed. */
final class TlsFailure {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_LENGTH = 1_000;

    private TlsFailure() {}

    static boolean isTls(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
            if (cause instanceof SSLException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** The verifier's own words if it refused, else the innermost message. One printable line. */
    static String describe(Throwable failure) {
        String text = failure.toString();
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
            String message = cause.getMessage();
            if (message != null) {
                text = message;
            }
            if (cause instanceof CertificateException) {
                break;
            }
            cause = cause.getCause();
        }
        return printable(text);
    }

    /** Parts of the text may be the peer's. */
    private static String printable(String text) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            char c = text.charAt(i);
            line.append(Character.isISOControl(c) ? ' ' : c);
        }
        return line.toString();
    }
}
