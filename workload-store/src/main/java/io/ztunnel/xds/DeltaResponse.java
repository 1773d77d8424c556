package io.ztunnel.xds;

import io.ztunnel.store.MeshUpdate;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A delta response whose resources are our own records already.
 *
 * @param resources empty when the type is not one of ours
 * @param aliases further names of the resources: those that they were asked for by
 * @param resourceBytes the sum of the resources' payloads, as metrics count them
 */
record DeltaResponse(
        String typeUrl,
        String nonce,
        List<Resource> resources,
        List<String> removed,
        List<String> aliases,
        long resourceBytes) {

    /**
     * @param type what the payload was read as
     * @param change what to do with it; null when it cannot be used at all
     * @param problem for the NACK; null when everything was understood
     */
    record Resource(
            String name,
            String version,
            ResourceType type,
            MeshUpdate.@Nullable Change change,
            @Nullable String problem) {}
}
