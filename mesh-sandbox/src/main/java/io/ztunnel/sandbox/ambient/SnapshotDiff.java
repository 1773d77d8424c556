package io.ztunnel.sandbox.ambient;

import com.google.protobuf.MessageLite;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a client has to hear to get from one state to another.
 *
 * @param changed new and changed resources, by name
 * @param removed names that are gone, sorted
 */
public record SnapshotDiff<M extends MessageLite>(
        List<MeshResource<M>> changed, List<String> removed) {

    public static <M extends MessageLite> SnapshotDiff<M> between(
            SortedMap<String, MeshResource<M>> before, SortedMap<String, MeshResource<M>> after) {
        Map<String, String> versions = new TreeMap<>();
        before.forEach((name, resource) -> versions.put(name, resource.version()));
        return since(versions, after);
    }

    /**
     * For a client that comes back.
     *
     * @param known version by name, as the client holds them
     */
    public static <M extends MessageLite> SnapshotDiff<M> since(
            Map<String, String> known, SortedMap<String, MeshResource<M>> after) {
        return new SnapshotDiff<>(
                after.values().stream()
                        .filter(r -> !r.version().equals(known.get(r.name())))
                        .toList(),
                known.keySet().stream().filter(name -> !after.containsKey(name)).sorted().toList());
    }

    public boolean isEmpty() {
        return changed.isEmpty() && removed.isEmpty();
    }
}
