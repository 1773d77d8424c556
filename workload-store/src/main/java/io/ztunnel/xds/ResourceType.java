package io.ztunnel.xds;

import org.jspecify.annotations.Nullable;

/** What is subscribed to, in the order in which a stream asks for it. */
enum ResourceType {
    /** Workloads and services. */
    ADDRESS("type.googleapis.com/istio.workload.Address"),
    AUTHORIZATION("type.googleapis.com/istio.security.Authorization");

    private final String url;

    ResourceType(String url) {
        this.url = url;
    }

    String url() {
        return url;
    }

    /** Null for a type that was not asked for. */
    static @Nullable ResourceType ofUrl(String url) {
        for (ResourceType type : values()) {
            if (type.url.equals(url)) {
                return type;
            }
        }
        return null;
    }
}
