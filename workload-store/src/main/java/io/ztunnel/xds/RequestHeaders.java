package io.ztunnel.xds;

import io.grpc.Metadata;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;

/**
 * What goes to the control plane along with each call.
 *
 * @param configured further headers by lower-case name; what belongs to the token wins over them
 * @param token null: no authorization header, and no cluster header either
 * @param clusterId what istiod must know this cluster as; sent beside the token
 */
public record RequestHeaders(
        Map<String, String> configured, @Nullable BearerToken token, String clusterId) {

    private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
    private static final Metadata.Key<String> CLUSTER_ID = key("clusterid");

    /**
     * @throws IllegalArgumentException for a name that no text header can have
     */
    public RequestHeaders {
        configured = Map.copyOf(configured);
        for (String name : configured.keySet()) {
            Metadata.Key<String> _ = key(name);
        }
    }

    /**
     * The headers for one call, with the token as of now.
     *
     * @throws IOException when there is no token to be had
     */
    public Metadata read() throws IOException {
        Metadata headers = new Metadata();
        configured.forEach((name, value) -> headers.put(key(name), value));
        if (token != null) {
            replace(headers, AUTHORIZATION, "Bearer " + token.read());
            replace(headers, CLUSTER_ID, clusterId);
        }
        return headers;
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    private static void replace(Metadata headers, Metadata.Key<String> key, String value) {
        headers.discardAll(key);
        headers.put(key, value);
    }

    /** Values may be secrets. */
    @Override
    public String toString() {
        return "RequestHeaders" + configured.keySet();
    }
}
