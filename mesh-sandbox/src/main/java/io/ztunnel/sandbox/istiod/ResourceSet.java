package io.ztunnel.sandbox.istiod;

import com.google.protobuf.Any;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything that is served at one moment, by type URL and resource name. Immutable.
 *
 * @param byType per type URL the resources in the order in which they are sent
 */
record ResourceSet(Map<String, SortedMap<String, Item>> byType) {
    static final ResourceSet EMPTY = new ResourceSet(Map.of());

    /**
     * @param version changes when the content changes
     */
    record Item(String version, Any body) {}

    SortedMap<String, Item> of(String typeUrl) {
        return byType.getOrDefault(typeUrl, Collections.emptySortedMap());
    }
}
