package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * What a peer says of itself in its baggage. Null is unknown. The texts come from outside: longer
 * ones than Kubernetes allows are cut.
 */
public record DerivedWorkload(
        @Nullable String workloadName,
        @Nullable String canonicalName,
        @Nullable String canonicalRevision,
        @Nullable String namespace,
        @Nullable String cluster,
        @Nullable String region,
        @Nullable String zone) {
    private static final int MAX_LENGTH = 253;

    public DerivedWorkload {
        workloadName = cut(workloadName);
        canonicalName = cut(canonicalName);
        canonicalRevision = cut(canonicalRevision);
        namespace = cut(namespace);
        cluster = cut(cluster);
        region = cut(region);
        zone = cut(zone);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
    }
}
