package io.ztunnel.xds;

import io.grpc.Status;
import io.ztunnel.xds.XdsListener.Termination;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.Locale;

import javax.net.ssl.SSLException;

/**
 * How an attempt ended.
 *
 * @param detail what happened, and what to look at if that is known
 * @param useful whether it brought at least one response
 */
record StreamEnd(Termination reason, String detail, boolean useful) {

    /**
     * @param established whether the server had answered with headers
     */
    static StreamEnd of(Status status, boolean established, boolean useful) {
        return new StreamEnd(classify(status, established), describe(status), useful);
    }

    static StreamEnd local(Throwable failure, boolean useful) {
        return new StreamEnd(Termination.ERROR, text(failure) + hint(failure), useful);
    }

    private static Termination classify(Status status, boolean established) {
        if (!established) {
            return Termination.CONNECTION_ERROR;
        }
        return switch (status.getCode()) {
            case OK -> Termination.COMPLETE;
            // Our own gRPC cancels a call, with a cause, when it cannot read a message.
            case CANCELLED -> status.getCause() == null ? Termination.RECONNECT : Termination.ERROR;
            case UNKNOWN, DEADLINE_EXCEEDED -> Termination.RECONNECT;
            case UNAVAILABLE ->
                    isConnectionLoss(status) ? Termination.RECONNECT : Termination.ERROR;
            case INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    INTERNAL,
                    DATA_LOSS,
                    UNAUTHENTICATED ->
                    Termination.ERROR;
        };
    }

    /** The connection went, as it does when a server limits its age, rather than the call. */
    private static boolean isConnectionLoss(Status status) {
        String text = String.valueOf(status.getDescription()).toLowerCase(Locale.ROOT);
        return status.getCause() instanceof IOException
                || text.contains("goaway")
                || text.contains("network closed")
                || text.contains("transport is closing")
                || text.contains("connection reset");
    }

    private static String describe(Status status) {
        String description = status.getDescription();
        Throwable cause = status.getCause();
        return status.getCode()
                + (description == null ? "" : ": " + description)
                + (cause == null ? "" : " (" + text(cause) + ")")
                + hint(status);
    }

    private static String hint(Status status) {
        return switch (status.getCode()) {
            case UNAUTHENTICATED, PERMISSION_DENIED ->
                    "; hint: the control plane refused us, check the token, its audience and"
                            + " CLUSTER_ID";
            case UNAVAILABLE -> hint(status.getCause());
            default -> "";
        };
    }

    private static String hint(@Nullable Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof UnknownHostException) {
                return "; hint: the name cannot be resolved, check XDS_ADDRESS and the DNS of this"
                        + " host";
            }
            if (t instanceof SSLException || t instanceof GeneralSecurityException) {
                return "; hint: TLS failed, check XDS_ROOT_CA and the name in the server's"
                        + " certificate";
            }
            if (t instanceof ConnectException) {
                return "; hint: no TCP connection, check that the control plane runs and that no"
                        + " NetworkPolicy is in the way";
            }
        }
        return "";
    }

    private static String text(Throwable failure) {
        Throwable root = failure;
        for (int i = 0; i < 10 && root.getCause() != null; i++) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return root.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
