package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;

/** How the endpoints of a ServiceEntry are found. */
enum Resolution {
    NONE,
    STATIC,
    DNS,
    DNS_ROUND_ROBIN,
    DYNAMIC_DNS;

    /** What is not said, or does not exist, is NONE. */
    static Resolution of(KubeObject entry) {
        return switch (entry.spec().text("resolution")) {
            case "STATIC" -> STATIC;
            case "DNS" -> DNS;
            case "DNS_ROUND_ROBIN" -> DNS_ROUND_ROBIN;
            case "DYNAMIC_DNS" -> DYNAMIC_DNS;
            default -> NONE;
        };
    }

    /** Whether a host stands for endpoints that nobody has listed. */
    boolean resolvesHosts() {
        return switch (this) {
            case NONE, STATIC -> false;
            case DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS -> true;
        };
    }
}
