package io.ztunnel.daemon.telemetry;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** A counter per set of label values. Thread-safe; keep the {@link Counter} where it is hot. */
public final class CounterFamily implements Metrics.Source {
    /** Only ever grows. */
    public static final class Counter {
        private final LongAdder count = new LongAdder();

        public void increment() {
            count.increment();
        }

        /**
         * @param amount 0 or more
         */
        public void add(long amount) {
            count.add(amount);
        }

        public long value() {
            return count.sum();
        }
    }

    private final MetricName name;
    private final SeriesMap<Counter> series;

    CounterFamily(MetricName name, String... labels) {
        this.name = name;
        this.series = new SeriesMap<>(List.of(labels), Counter::new);
        if (labels.length == 0) {
            with(); // without labels it is there from the start, at 0
        }
    }

    /** The counter of these values, in the order of the labels. */
    public Counter with(String... values) {
        return series.with(List.of(values));
    }

    @Override
    public void write(ExpositionWriter out) {
        out.family(name, "counter");
        series.forEach(
                (values, counter) ->
                        out.sample("_total", series.labels(), values, counter.value()));
    }
}
