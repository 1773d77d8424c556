package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is served now, of all sources together. Telling what is new costs what is new, and not what
 * there is. Not thread-safe.
 */
final class ServedResources {
    /** Who publishes. Names of one do not occur in the other. */
    enum Source {
        /** The sandbox's objects. */
        OBJECTS,
        /** Padding, see {@link io.ztunnel.sandbox.synthetic}. */
        SYNTHETIC
    }

    /** Told of each difference after it was made. */
    interface Listener {
        /**
         * @param before null for a new resource
         * @param after null for one that is gone
         */
        void changed(
                String typeUrl, String name, @Nullable Resource before, @Nullable Resource after);
    }

    private final Map<String, NavigableMap<String, Resource>> byType = new HashMap<>();
    private final Map<Source, ResourceSet> published = new EnumMap<>(Source.class);
    private final Listener listener;

    ServedResources(Listener listener) {
        this.listener = listener;
    }

    /** By name, in the order in which they are sent. A view. */
    SortedMap<String, Resource> of(String typeUrl) {
        return Collections.unmodifiableSortedMap(
                byType.getOrDefault(typeUrl, Collections.emptyNavigableMap()));
    }

    /** Replaces all that a source has published. */
    void replace(Source source, ResourceSet next) {
        ResourceSet previous = published.getOrDefault(source, ResourceSet.EMPTY);
        for (String type : previous.types()) {
            SortedMap<String, Resource> stay = next.of(type);
            for (String name : previous.of(type).keySet()) {
                if (!stay.containsKey(name)) {
                    remove(type, name);
                }
            }
        }
        for (String type : next.types()) {
            next.of(type).values().forEach(resource -> put(type, resource));
        }
        published.put(source, next);
    }

    /** Adds or changes one resource until its source is replaced the next time. */
    void put(String typeUrl, Resource resource) {
        NavigableMap<String, Resource> resources =
                byType.computeIfAbsent(typeUrl, type -> new TreeMap<>());
        Resource before = resources.put(resource.getName(), resource);
        if (before == null || !before.getVersion().equals(resource.getVersion())) {
            listener.changed(typeUrl, resource.getName(), before, resource);
        }
    }

    private void remove(String typeUrl, String name) {
        NavigableMap<String, Resource> resources = byType.get(typeUrl);
        Resource before = resources == null ? null : resources.remove(name);
        if (before != null) {
            listener.changed(typeUrl, name, before, null);
        }
    }
}
