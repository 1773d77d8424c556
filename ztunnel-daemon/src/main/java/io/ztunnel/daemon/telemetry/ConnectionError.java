package io.ztunnel.daemon.telemetry;

import io.ztunnel.policy.Verdict;

/**
 * Why a connection failed: the reference's text for the {@code error} field, and a kind of our own
 * that programs can rely on.
 *
 * @param hint one line: what to do about it
 */
public record ConnectionError(Kind kind, String text, String hint) {
    public ConnectionError(Kind kind, String text) {
        this(kind, text, kind.hint);
    }

    /** Stable codes with the flag that metrics show and what to do about it. */
    public enum Kind {
        IO(ResponseFlags.CONNECT, "check that the destination is up and reachable from this node"),
        NETWORK_POLICY(
                ResponseFlags.NETWORK_POLICY,
                "allow TCP port 15008 to the destination pod in its NetworkPolicy"),
        CONNECTION_FAILED(ResponseFlags.CONNECT, "check that the application listens on that port"),
        DESTINATION_DISCONNECTED(
                ResponseFlags.CONNECT, "the destination closed while data was under way to it"),
        CLIENT_DISCONNECTED(
                ResponseFlags.CONNECT, "the client closed while data was under way to it"),
        CONNECTION_TRACKING_FAILED(
                ResponseFlags.DENY, "the connection could not be registered; see the lines before"),
        POLICY_DENIED(
                ResponseFlags.DENY,
                "check the AuthorizationPolicies of the destination against the source identity"),
        POLICY_CHANGED(
                ResponseFlags.DENY, "a policy that changed meanwhile denies this connection"),
        CERTIFICATE_REVOKED(
                ResponseFlags.CERT_REVOKED, "the peer needs a new certificate from its CA"),
        POOL_DRAINING(ResponseFlags.CONNECT, "the pod or this ztunnel is shutting down"),
        HTTP2_HANDSHAKE(
                ResponseFlags.H2_HANDSHAKE_FAILURE, "check that the peer's port speaks HBONE"),
        HTTP2(ResponseFlags.H2_HANDSHAKE_FAILURE, "the tunnel broke; see the peer's log"),
        HTTP_STATUS(ResponseFlags.CONNECT, "the peer refused the CONNECT; its log has the reason"),
        NOT_CONNECT(ResponseFlags.CONNECT, "only HBONE clients may use this port"),
        BAD_AUTHORITY(ResponseFlags.CONNECT, "the client must send host:port of this workload"),
        IP_MISMATCH(
                ResponseFlags.CONNECT, "the client's view of the mesh is stale, or it is no peer"),
        UNKNOWN_HOSTNAME(
                ResponseFlags.CONNECT, "check that the service or workload exists in the mesh"),
        NO_PORT(ResponseFlags.CONNECT, "check the ports of the service and of its endpoints"),
        NO_SERVICE_IP(ResponseFlags.CONNECT, "the service has no endpoint with an address here"),
        SELF_CALL(ResponseFlags.CONNECT, "do not dial ztunnel's own ports"),
        UNKNOWN_SOURCE(
                ResponseFlags.CONNECT,
                "the control plane has not announced this pod yet; check istiod and NODE_NAME"),
        UNKNOWN_WAYPOINT(
                ResponseFlags.CONNECT, "check that the waypoint's Gateway exists and is ready"),
        UNKNOWN_NETWORK_GATEWAY(
                ResponseFlags.CONNECT, "check the east-west gateway of the remote network"),
        UNANSWERED(
                ResponseFlags.CONNECT,
                "check that the control plane is up and reachable; XDS_ON_DEMAND needs it for what"
                        + " was not used before"),
        NO_HEALTHY_UPSTREAM(ResponseFlags.CONNECT, "check the endpoints and ports of the service"),
        NO_SERVICE(ResponseFlags.CONNECT, "a destination on another network needs a service name"),
        UNVERIFIABLE(
                ResponseFlags.CONNECT,
                "the service needs subject alternative names: the SPIFFE URIs of its endpoints"),
        NO_DESTINATION(ResponseFlags.CONNECT, "the workload has no address that can be used"),
        DNS_LOOKUP(ResponseFlags.CONNECT, "check the DNS record of the workload's hostname"),
        TLS_CONFIGURATION(
                ResponseFlags.TLS_FAILURE, "the certificate or TLS settings cannot be used"),
        TLS_HANDSHAKE(
                ResponseFlags.CONNECT, "check trust domain, roots and identity of both peers"),
        IDENTITY(
                ResponseFlags.IDENTITY_ERROR,
                "check that the CA is reachable and trusts this ztunnel"),
        CONNECTION_LIMIT(
                ResponseFlags.CONNECT,
                "find out who opens so many connections, or raise ZTUNNEL_POD_MAX_CONNECTIONS"),
        HANDSHAKE_LIMIT(
                ResponseFlags.CONNECT,
                "find out who opens so many tunnels, or raise"
                        + " ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND"),
        DRAINED(ResponseFlags.NONE, "the pod was removed or this ztunnel was stopped"),
        OTHER(ResponseFlags.CONNECT, "see the text");

        private final ResponseFlags flag;
        private final String hint;

        Kind(ResponseFlags flag, String hint) {
            this.flag = flag;
            this.hint = hint;
        }

        public ResponseFlags flag() {
            return flag;
        }
    }

    private static ConnectionError of(Kind kind, String text) {
        return new ConnectionError(kind, text);
    }

    public ResponseFlags flag() {
        return kind.flag();
    }

    /** Outbound connect refused or unreachable, TLS broken off, or the copy failed. */
    public static ConnectionError io(String cause) {
        return of(Kind.IO, "io error: " + cause);
    }

    /** The TCP connect of a tunnel timed out. */
    public static ConnectionError tunnelTimedOut(String cause) {
        return of(
                Kind.NETWORK_POLICY,
                "connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: "
                        + cause);
    }

    /** Inbound: the application could not be reached. */
    public static ConnectionError connectionFailed(String cause) {
        return of(Kind.CONNECTION_FAILED, "connection failed: " + cause);
    }

    public static ConnectionError destinationDisconnected() {
        return of(
                Kind.DESTINATION_DISCONNECTED,
                "destination disconnected before all data was written");
    }

    public static ConnectionError clientDisconnected() {
        return of(Kind.CLIENT_DISCONNECTED, "client disconnected before all data was written");
    }

    /** While data went from the client to the server. */
    public ConnectionError whileSending() {
        return new ConnectionError(kind, "send: " + text, hint);
    }

    /** While data went from the server to the client. */
    public ConnectionError whileReceiving() {
        return new ConnectionError(kind, "receive: " + text, hint);
    }

    public ConnectionError whileClosing() {
        return new ConnectionError(kind, "while closing connection: " + text, hint);
    }

    public static ConnectionError trackingFailed() {
        return of(Kind.CONNECTION_TRACKING_FAILED, "connection tracking failed");
    }

    /**
     * @throws IllegalArgumentException when the verdict is no denial
     */
    public static ConnectionError denied(Verdict verdict) {
        return switch (verdict) {
            case Verdict.DeniedBy by -> rejected("explicitly denied by: " + by.policy());
            case Verdict.NoneAllowed ignored -> rejected("allow policies exist, but none allowed");
            case Verdict.Allowed ignored ->
                    throw new IllegalArgumentException("an allowed connection has no error");
        };
    }

    /** The same failure, where more is known of what to do. */
    public ConnectionError withHint(String better) {
        return new ConnectionError(kind, text, better);
    }

    private static ConnectionError rejected(String reason) {
        return of(Kind.POLICY_DENIED, "connection closed due to policy rejection: " + reason);
    }

    public static ConnectionError policyChanged() {
        return of(Kind.POLICY_CHANGED, "connection closed due to policy change");
    }

    public static ConnectionError certificateRevoked() {
        return of(Kind.CERTIFICATE_REVOKED, "connection closed: peer certificate revoked by CRL");
    }

    public static ConnectionError poolDraining() {
        return of(Kind.POOL_DRAINING, "pool draining");
    }

    public static ConnectionError http2Handshake(String cause) {
        return of(Kind.HTTP2_HANDSHAKE, "http2 handshake failed: " + cause);
    }

    public static ConnectionError http2(String cause) {
        return of(Kind.HTTP2, "h2 failed: " + cause);
    }

    /**
     * @param status with its reason phrase, such as {@code 503 Service Unavailable}
     */
    public static ConnectionError httpStatus(String status) {
        return of(Kind.HTTP_STATUS, "http status: " + status);
    }

    public static ConnectionError notConnect(String method) {
        return of(Kind.NOT_CONNECT, "expected method CONNECT, got " + method);
    }

    public static ConnectionError badConnectAddress(String address) {
        return of(Kind.BAD_AUTHORITY, "invalid CONNECT address " + address);
    }

    public static ConnectionError noValidAuthority(String authority) {
        return of(Kind.BAD_AUTHORITY, "no valid authority pseudo header: " + authority);
    }

    public static ConnectionError ipMismatch(String socketIp, String authorityIp) {
        return of(Kind.IP_MISMATCH, "ip mismatch: " + socketIp + " != " + authorityIp);
    }

    public static ConnectionError unknownHostname(String hostname) {
        return of(Kind.UNKNOWN_HOSTNAME, "no service or workload for hostname: " + hostname);
    }

    public static ConnectionError noPortForService(String service, int port) {
        return of(
                Kind.NO_PORT,
                "requested service " + service + ":" + port + " found, but cannot resolve port");
    }

    public static ConnectionError noIpForService(String service) {
        return of(
                Kind.NO_SERVICE_IP,
                "requested service " + service + " found, but has no IP addresses");
    }

    public static ConnectionError selfCall() {
        return of(Kind.SELF_CALL, "attempted recursive call to ourselves");
    }

    public static ConnectionError unknownSource(String workload) {
        return of(
                Kind.UNKNOWN_SOURCE,
                "failed to fetch information about local workload: " + workload);
    }

    public static ConnectionError unknownWaypoint(String detail) {
        return of(Kind.UNKNOWN_WAYPOINT, "unknown waypoint: " + detail);
    }

    public static ConnectionError unknownNetworkGateway(String detail) {
        return of(Kind.UNKNOWN_NETWORK_GATEWAY, "unknown network gateway: " + detail);
    }

    /** Where the connection leads could not be asked; going on would bypass what guards it. */
    public static ConnectionError unanswered(String detail) {
        return of(Kind.UNANSWERED, detail);
    }

    public static ConnectionError noHealthyUpstream(String destination) {
        return of(Kind.NO_HEALTHY_UPSTREAM, "no healthy upstream: " + destination);
    }

    public static ConnectionError noService(String destination) {
        return of(Kind.NO_SERVICE, "no service for target address: " + destination);
    }

    public static ConnectionError noDestination(String workload) {
        return of(Kind.NO_DESTINATION, "no valid routing destination for workload: " + workload);
    }

    public static ConnectionError noResolvedAddresses(String workload) {
        return of(Kind.DNS_LOOKUP, "no ip addresses were resolved for workload: " + workload);
    }

    public static ConnectionError emptyResolvedAddresses(String workload) {
        return of(
                Kind.DNS_LOOKUP,
                "ip addresses were resolved for workload "
                        + workload
                        + ", but valid dns response had no A/AAAA records");
    }

    /** A client asked for a name that nobody knows. */
    public static ConnectionError noAddressOf(String hostname) {
        return of(Kind.DNS_LOOKUP, "no ip addresses were resolved for hostname: " + hostname);
    }

    public static ConnectionError tlsConfiguration(String cause) {
        return of(Kind.TLS_CONFIGURATION, "tls error: " + cause);
    }

    /** Inbound handshake: wrong trust domain, untrusted, no common parameters, no certificate. */
    public static ConnectionError tlsHandshake(String cause) {
        return of(Kind.TLS_HANDSHAKE, "tls handshake error: " + cause);
    }

    public static ConnectionError identity(String cause) {
        return of(Kind.IDENTITY, "identity error: " + cause);
    }

    /** Cut before it could end by itself. */
    public static ConnectionError drained() {
        return of(Kind.DRAINED, "connection closed due to connection drain");
    }

    /**
     * @param limit connections that the pod may have
     */
    public static ConnectionError tooManyConnections(int limit) {
        return of(Kind.CONNECTION_LIMIT, "the pod has " + limit + " connections already");
    }

    /**
     * @param limit handshakes that the pod may have in a second
     */
    public static ConnectionError tooManyHandshakes(int limit) {
        return of(
                Kind.HANDSHAKE_LIMIT,
                "the pod has had " + limit + " TLS handshakes within a second");
    }

    public static ConnectionError other(String text) {
        return of(Kind.OTHER, text);
    }
}
