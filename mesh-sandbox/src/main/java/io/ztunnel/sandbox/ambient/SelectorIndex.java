package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.LabelSelector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What selects objects of a namespace by labels. Each selector is filed under one of its pairs, so
 * that an object is compared only with those that share a label with it: a namespace may hold
 * thousands of both.
 */
final class SelectorIndex<T> {
    private record Entry<T>(Map<String, String> selector, T value) {}

    private record Pair(String namespace, String key, String value) {}

    private final Map<Pair, List<Entry<T>>> byPair = new HashMap<>();

    /** An empty selector selects nothing. */
    void add(String namespace, Map<String, String> selector, T value) {
        selector.entrySet().stream()
                .min(Map.Entry.comparingByKey())
                .ifPresent(
                        first ->
                                byPair.computeIfAbsent(
                                                pair(namespace, first), pair -> new ArrayList<>())
                                        .add(new Entry<>(selector, value)));
    }

    /** In no particular order. */
    void forEach(String namespace, Map<String, String> labels, Consumer<? super T> action) {
        for (Map.Entry<String, String> label : labels.entrySet()) {
            for (Entry<T> entry : byPair.getOrDefault(pair(namespace, label), List.of())) {
                if (LabelSelector.isSubset(entry.selector(), labels)) {
                    action.accept(entry.value());
                }
            }
        }
    }

    private static Pair pair(String namespace, Map.Entry<String, String> label) {
        return new Pair(namespace, label.getKey(), label.getValue());
    }
}
