package io.ztunnel.sandbox.istiod;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;

import io.ztunnel.api.discovery.Resource;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * Everything that one source publishes at one moment, by type URL and resource name. Immutable.
 *
 * @param byType per type URL the resources in the order in which they are sent
 */
record ResourceSet(Map<String, SortedMap<String, Resource>> byType) {
    static final ResourceSet EMPTY = new ResourceSet(Map.of());

    SortedMap<String, Resource> of(String typeUrl) {
        return byType.getOrDefault(typeUrl, Collections.emptySortedMap());
    }

    Set<String> types() {
        return byType.keySet();
    }

    /**
     * A resource as it is sent.
     *
     * @param version changes when the content changes
     */
    static Resource resource(String typeUrl, String name, String version, ByteString content) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(Any.newBuilder().setTypeUrl(typeUrl).setValue(content))
                .build();
    }
}
