package io.ztunnel.daemon.telemetry;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The series of a family by their label values. Bounded: when there are too many, new label sets
 * share one whose values are all {@code unknown}. Exposed in the order of their values.
 */
final class SeriesMap<T> {
    static final int MAX_SERIES = 10_000;
    static final String UNKNOWN = "unknown";

    private final List<String> labels;
    private final Supplier<T> maker;
    private final Map<List<String>, T> series = new ConcurrentHashMap<>();

    SeriesMap(List<String> labels, Supplier<T> maker) {
        this.labels = labels;
        this.maker = maker;
    }

    List<String> labels() {
        return labels;
    }

    /**
     * @throws IllegalArgumentException unless there is one value for each label
     */
    T with(List<String> values) {
        if (values.size() != labels.size()) {
            throw new IllegalArgumentException("expected values of " + labels + ", not " + values);
        }
        T known = series.get(values);
        if (known != null) {
            return known;
        }
        boolean full = series.size() >= MAX_SERIES;
        List<String> key = full ? Collections.nCopies(labels.size(), UNKNOWN) : values;
        return series.computeIfAbsent(key, ignored -> maker.get());
    }

    interface Visitor<T> {
        void series(List<String> values, T series);
    }

    void forEach(Visitor<T> visitor) {
        series.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(SeriesMap::compare))
                .forEach(entry -> visitor.series(entry.getKey(), entry.getValue()));
    }

    private static int compare(List<String> a, List<String> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = a.get(i).compareTo(b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    }
}
