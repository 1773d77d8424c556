package io.ztunnel.daemon.telemetry;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** A gauge per set of label values. Thread-safe. */
public final class GaugeFamily implements Metrics.Source {
    /** A supplier returns this when it has nothing to say; no sample is exposed then. */
    public static final long NO_SAMPLE = Long.MIN_VALUE;

    /** A number that goes up and down. */
    public static final class Gauge {
        private final LongAdder count = new LongAdder();
        private volatile LongSupplier value = count::sum;

        public void increment() {
            count.increment();
        }

        public void decrement() {
            count.decrement();
        }

        public long value() {
            return value.getAsLong();
        }
    }

    private final MetricName name;
    private final SeriesMap<Gauge> series;

    GaugeFamily(MetricName name, String... labels) {
        this.name = name;
        this.series = new SeriesMap<>(List.of(labels), Gauge::new);
    }

    /** The gauge of these values, in the order of the labels; it begins at 0. */
    public Gauge with(String... values) {
        return series.with(List.of(values));
    }

    /**
     * From now on the supplier is asked, on the thread that reads the metrics; it must not wait.
     */
    public void bind(LongSupplier value, String... values) {
        with(values).value = value;
    }

    @Override
    public void write(ExpositionWriter out) {
        out.family(name, "gauge");
        series.forEach(
                (values, gauge) -> {
                    long value = gauge.value();
                    if (value != NO_SAMPLE) {
                        out.sample("", series.labels(), values, value);
                    }
                });
    }
}
