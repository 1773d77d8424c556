package io.ztunnel.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** All values so far, in the order in which the figures first came. One thread. */
public final class Results {
    private final List<String> candidates;
    private final Map<Figure, Map<String, List<Double>>> values = new LinkedHashMap<>();

    /**
     * @param candidates their names; ratios are of the first to the second
     */
    public Results(List<String> candidates) {
        this.candidates = List.copyOf(candidates);
    }

    public List<String> candidates() {
        return candidates;
    }

    public void add(Figure figure, String candidate, double value) {
        values.computeIfAbsent(figure, _ -> new LinkedHashMap<>())
                .computeIfAbsent(candidate, _ -> new ArrayList<>())
                .add(value);
    }

    /**
     * These and, of figures that these have no value of, the other's.
     *
     * @param workloads the order of the figures
     * @throws IllegalArgumentException if the other's candidates have other names
     */
    public Results with(Results other, List<String> workloads) {
        if (!other.candidates.equals(candidates)) {
            throw new IllegalArgumentException(
                    "these results are of %s, those of %s".formatted(candidates, other.candidates));
        }
        Map<Figure, Map<String, List<Double>>> all = new LinkedHashMap<>(values);
        other.values.forEach(all::putIfAbsent);
        Results both = new Results(candidates);
        all.keySet().stream()
                .sorted(Comparator.comparingInt(figure -> workloads.indexOf(figure.workload())))
                .forEach(
                        figure -> both.values.put(figure, Objects.requireNonNull(all.get(figure))));
        return both;
    }

    public Set<Figure> figures() {
        return values.keySet();
    }

    public Optional<Series> series(Figure figure, String candidate) {
        List<Double> list = values.getOrDefault(figure, Map.of()).get(candidate);
        return list == null ? Optional.empty() : Optional.of(Series.of(list));
    }

    public List<Double> values(Figure figure, String candidate) {
        return List.copyOf(
                values.getOrDefault(figure, Map.of()).getOrDefault(candidate, List.of()));
    }

    /** Of the medians of the first candidate and the second; empty when one has no value. */
    public Optional<Double> ratio(Figure figure) {
        if (candidates.size() < 2) {
            return Optional.empty();
        }
        Optional<Series> first = series(figure, candidates.get(0));
        Optional<Series> second = series(figure, candidates.get(1));
        if (first.isEmpty() || second.isEmpty() || second.get().median() == 0) {
            return Optional.empty();
        }
        return Optional.of(first.get().median() / second.get().median());
    }
}
