package io.ztunnel.hbone;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What two connections must share to share a tunnel.
 *
 * @param source SPIFFE URI that we present
 * @param identities SPIFFE URIs one of which the peer must present; the order counts
 * @param sourceIp the client's address
 * @param destination where the tunnel's TCP connection goes
 */
public record TunnelKey(
        String source,
        List<String> identities,
        InetAddress sourceIp,
        InetSocketAddress destination) {}
