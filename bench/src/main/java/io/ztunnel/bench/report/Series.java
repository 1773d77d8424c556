package io.ztunnel.bench.report;

import java.util.Arrays;
import java.util.List;

/** The values of one figure for one candidate, one per round. */
public record Series(double median, double min, double max, int count) {
    /**
     * @param values at least one
     */
    public static Series of(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Series(
                median, sorted[0], Arrays.stream(sorted).max().orElseThrow(), sorted.length);
    }
}
