package io.ztunnel.xds;

import io.grpc.Metadata;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.Map;

/**
 * How to reach the control plane and who we are to it.
 *
 * @param address {@code https://host:port}; only TLS is spoken
 * @param alternateHostname accepted in the server's certificate when the address's host is not in
 *     it
 * @param token null: no authorization header, and no cluster header either
 * @param clusterId what istiod must know this cluster as; sent as metadata beside the token
 * @param headers further metadata by lower-case name; the authorization of the token wins
 * @param tls12 also accept TLS 1.2
 * @param postQuantumOnly accept nothing but the X25519MLKEM768 key agreement
 */
public record XdsSettings(
        URI address,
        RootCertificates roots,
        @Nullable String alternateHostname,
        @Nullable BearerToken token,
        String clusterId,
        Map<String, String> headers,
        XdsNode node,
        boolean tls12,
        boolean postQuantumOnly) {

    private static final int DEFAULT_PORT = 443;

    /**
     * @throws IllegalArgumentException for an address or a header that can never work
     */
    public XdsSettings {
        if (!"https".equals(address.getScheme()) || address.getHost() == null) {
            throw new IllegalArgumentException(
                    "the xDS address must be https://host:port, not: " + address);
        }
        headers = Map.copyOf(headers);
        for (String name : headers.keySet()) {
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                throw new IllegalArgumentException("xDS header " + name + " must not be binary");
            }
            Metadata.Key<String> _ = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
        }
    }

    int port() {
        return address.getPort() < 0 ? DEFAULT_PORT : address.getPort();
    }

    /** Header values may be secrets. */
    @Override
    public String toString() {
        return "XdsSettings[" + address + ", headers " + headers.keySet() + ", " + node.id() + "]";
    }
}
