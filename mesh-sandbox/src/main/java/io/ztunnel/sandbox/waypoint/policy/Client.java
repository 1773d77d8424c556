package io.ztunnel.sandbox.waypoint.policy;

/**
 * Who opened the tunnel.
 *
 * @param principal without {@code spiffe://}
 * @param namespace "" when the identity is not of Istio's form
 * @param serviceAccount "" when the identity is not of Istio's form
 */
public record Client(String principal, String namespace, String serviceAccount) {
    private static final String SCHEME = "spiffe://";

    /**
     * @param spiffeId such as {@code spiffe://cluster.local/ns/client/sa/curl}
     */
    public static Client of(String spiffeId) {
        String principal =
                spiffeId.startsWith(SCHEME) ? spiffeId.substring(SCHEME.length()) : spiffeId;
        String[] parts = principal.split("/", -1);
        boolean istio = parts.length == 5 && parts[1].equals("ns") && parts[3].equals("sa");
        return new Client(principal, istio ? parts[2] : "", istio ? parts[4] : "");
    }
}
