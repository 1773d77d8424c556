package io.ztunnel.daemon.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.RelayException;
import io.ztunnel.hbone.SystemErrors;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.routing.InboundDecision;
import io.ztunnel.routing.Route;
import io.ztunnel.store.NameSource;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletionException;

/** What failures of the layers below are called in logs and metrics. */
final class ConnectionErrors {
    private ConnectionErrors() {}

    static ConnectionError of(Throwable cause) {
        return switch (cause) {
            case CutException cut -> cut.error();
            case HboneException hbone -> ofTunnel(hbone);
            case RelayException relay -> ofRelay(relay);
            case NameSource.UnansweredException unanswered ->
                    ConnectionError.unanswered(String.valueOf(unanswered.getMessage()));
            case CompletionException wrapped when wrapped.getCause() != null ->
                    of(wrapped.getCause());
            default -> io(cause);
        };
    }

    static ConnectionError io(Throwable cause) {
        return ConnectionError.io(SystemErrors.text(cause));
    }

    /** The control plane did not tell of our own pod in time. */
    static ConnectionError unknownSource(PodInfo pod) {
        return ConnectionError.unknownSource(
                "%s.%s (%s)".formatted(pod.serviceAccount(), pod.namespace(), pod.name()));
    }

    /** Inbound: without a certificate there is no handshake. */
    static ConnectionError noCertificate(@Nullable Throwable cause) {
        Throwable root =
                cause instanceof CompletionException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        return noCertificate(root == null ? "unknown" : String.valueOf(root.getMessage()));
    }

    static ConnectionError noCertificate(String why) {
        return ConnectionError.tlsHandshake("no certificate: " + why);
    }

    private static ConnectionError ofTunnel(HboneException cause) {
        String message = String.valueOf(cause.getMessage());
        return switch (cause.code()) {
            case CONNECT_TIMEOUT -> ConnectionError.tunnelTimedOut(message);
            case CONNECT, TLS -> ConnectionError.io(message);
            case CERTIFICATE -> ConnectionError.identity(message);
            case TLS_CONFIGURATION -> ConnectionError.tlsConfiguration(message);
            case HTTP2, RESET -> ConnectionError.http2(message);
            case DRAINING -> ConnectionError.poolDraining();
            case STATUS ->
                    ConnectionError.httpStatus(
                            HttpResponseStatus.valueOf(cause.status()).toString());
        };
    }

    private static ConnectionError ofRelay(RelayException cause) {
        return switch (cause.code()) {
            case DESTINATION_DISCONNECTED ->
                    ConnectionError.destinationDisconnected().whileSending();
            case CLIENT_DISCONNECTED -> ConnectionError.clientDisconnected().whileReceiving();
            case SEND, RECEIVE, SHUTDOWN ->
                    ConnectionError.other(String.valueOf(cause.getMessage()));
        };
    }

    static ConnectionError ofRefused(Route.Refused refused) {
        ConnectionError.Kind kind =
                switch (refused.error()) {
                    case NO_HEALTHY_UPSTREAM -> ConnectionError.Kind.NO_HEALTHY_UPSTREAM;
                    case UNKNOWN_WAYPOINT -> ConnectionError.Kind.UNKNOWN_WAYPOINT;
                    case UNKNOWN_NETWORK_GATEWAY -> ConnectionError.Kind.UNKNOWN_NETWORK_GATEWAY;
                    case NO_SERVICE -> ConnectionError.Kind.NO_SERVICE;
                    case NO_VALID_DESTINATION -> ConnectionError.Kind.NO_DESTINATION;
                    case SELF_CALL -> ConnectionError.Kind.SELF_CALL;
                };
        return new ConnectionError(kind, refused.detail());
    }

    /** Nobody could prove to be the destination; a tunnel would be opened in vain. */
    static ConnectionError unverifiable(Route.DoubleHbone route) {
        return new ConnectionError(
                ConnectionError.Kind.UNVERIFIABLE,
                "no identities are known for service "
                        + route.service().hostname()
                        + " on the other network, its endpoints cannot be verified");
    }

    static ConnectionError ofRejected(InboundDecision.Rejected rejected) {
        ConnectionError.Kind kind =
                switch (rejected.error()) {
                    case INVALID_AUTHORITY -> ConnectionError.Kind.BAD_AUTHORITY;
                    case IP_MISMATCH -> ConnectionError.Kind.IP_MISMATCH;
                    case UNKNOWN_HOSTNAME -> ConnectionError.Kind.UNKNOWN_HOSTNAME;
                    case NO_SERVICE_PORT -> ConnectionError.Kind.NO_PORT;
                    case NO_SERVICE_ADDRESS -> ConnectionError.Kind.NO_SERVICE_IP;
                    case SELF_CALL -> ConnectionError.Kind.SELF_CALL;
                };
        return new ConnectionError(kind, rejected.detail());
    }
}
