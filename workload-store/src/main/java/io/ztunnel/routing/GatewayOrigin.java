package io.ztunnel.routing;

import org.jspecify.annotations.Nullable;

/** Whether a CONNECT came through the gateway of another network. */
public final class GatewayOrigin {
    private GatewayOrigin() {}

    /**
     * If so, the address of the peer says nothing about the client: only its baggage does.
     *
     * @param network the {@code x-forwarded-network} header; null if there is none
     * @param own the network of this node
     */
    public static boolean isForeign(@Nullable CharSequence network, String own) {
        if (network == null) {
            return false;
        }
        if (network.length() != own.length()) {
            return true;
        }
        for (int i = 0; i < own.length(); i++) {
            if (lower(network.charAt(i)) != lower(own.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** Of ASCII alone: names must not become equal by rules of some language. */
    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    }
}
