package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.RelayException;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.routing.InboundDecision;
import io.ztunnel.routing.Route;
import java.util.concurrent.CompletionException;

/** What failures of the layers below are called in logs and metrics. */
final class ConnectionErrors {
    private ConnectionErrors() {}

    static ConnectionError of(Throwable cause) {
        return switch (cause) {
            case CutException cut -> cut.error();
            case HboneException hbone -> of(hbone);
            case RelayException relay -> of(relay);
            case CompletionException wrapped when wrapped.getCause() != null ->
                    of(wrapped.getCause());
            default -> io(cause);
        };
    }

    static ConnectionError io(Throwable cause) {
        String message = cause.getMessage();
        return ConnectionError.io(message == null ? cause.getClass().getSimpleName() : message);
    }

    /** The control plane did not tell of our own pod in time. */
    static ConnectionError unknownSource(PodInfo pod) {
        return ConnectionError.unknownSource(pod.namespace() + "/" + pod.name());
    }

    /** Inbound: without a certificate there is no handshake. */
    static ConnectionError noCertificate(Throwable cause) {
        Throwable root =
                cause instanceof CompletionException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        return ConnectionError.tlsHandshake("no certificate: " + root.getMessage());
    }

    private static ConnectionError of(HboneException cause) {
        String message = String.valueOf(cause.getMessage());
        return switch (cause.code()) {
            case CONNECT_TIMEOUT -> ConnectionError.tunnelTimedOut(message);
            case CONNECT, TLS -> ConnectionError.io(message);
            case CERTIFICATE -> ConnectionError.identity(message);
            case HTTP2, RESET -> ConnectionError.http2(message);
            case DRAINING -> ConnectionError.poolDraining();
            case STATUS -> ConnectionError.httpStatus(Integer.toString(cause.status()));
        };
    }

    private static ConnectionError of(RelayException cause) {
        return switch (cause.code()) {
            case DESTINATION_DISCONNECTED -> ConnectionError.destinationDisconnected();
            case CLIENT_DISCONNECTED -> ConnectionError.clientDisconnected();
            case SEND, RECEIVE, SHUTDOWN -> ConnectionError.other(String.valueOf(cause.getMessage()));
        };
    }

    static ConnectionError of(Route.Refused refused) {
        return switch (refused.error()) {
            case NO_HEALTHY_UPSTREAM,
                    UNKNOWN_WAYPOINT,
                    UNKNOWN_NETWORK_GATEWAY,
                    NO_SERVICE,
                    NO_VALID_DESTINATION ->
                    ConnectionError.other(refused.detail());
            case SELF_CALL -> ConnectionError.selfCall();
        };
    }

    static ConnectionError of(InboundDecision.Rejected rejected) {
        return ConnectionError.other(rejected.detail());
    }
}
