package io.ztunnel.daemon.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** A histogram per set of label values. Thread-safe. */
public final class HistogramFamily implements Metrics.Source {
    /** Counts per bucket, and the sum of all observations. */
    public static final class Histogram {
        private final double[] bounds;
        private final LongAdder[] counts;
        private final DoubleAdder sum = new DoubleAdder();

        private Histogram(double[] bounds) {
            this.bounds = bounds;
            this.counts = new LongAdder[bounds.length + 1];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = new LongAdder();
            }
        }

        public void observe(double value) {
            int bucket = 0;
            while (bucket < bounds.length && value > bounds[bucket]) {
                bucket++;
            }
            counts[bucket].increment();
            sum.add(value);
        }
    }

    private final MetricName name;
    private final double[] bounds;
    private final SeriesMap<Histogram> series;

    HistogramFamily(MetricName name, double[] bounds, String... labels) {
        this.name = name;
        this.bounds = bounds.clone();
        this.series = new SeriesMap<>(List.of(labels), () -> new Histogram(this.bounds));
    }

    /** The histogram of these values, in the order of the labels. */
    public Histogram with(String... values) {
        return series.with(List.of(values));
    }

    @Override
    public void write(ExpositionWriter out) {
        out.family(name, "histogram");
        List<String> bucketLabels = new ArrayList<>(series.labels());
        bucketLabels.add("le");
        series.forEach(
                (values, histogram) -> {
                    long[] upTo = new long[bounds.length + 1];
                    long count = 0;
                    for (int i = 0; i < upTo.length; i++) {
                        count += histogram.counts[i].sum();
                        upTo[i] = count;
                    }
                    out.sample("_sum", series.labels(), values, histogram.sum.sum());
                    out.sample("_count", series.labels(), values, count);
                    for (int i = 0; i < upTo.length; i++) {
                        double bound = i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY;
                        List<String> bucket = new ArrayList<>(values);
                        bucket.add(ExpositionWriter.number(bound));
                        out.sample("_bucket", bucketLabels, bucket, upTo[i]);
                    }
                });
    }
}
