package io.ztunnel.daemon.telemetry;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * The metric families of the process, exposed in the order of their registration. Thread-safe.
 *
 * <p>Our own and not a client library's: the reference's exposition keeps the declared order of
 * labels and families and prints whole numbers as such, which client libraries do not.
 */
public final class Metrics {
    /** Writes one or more families. */
    interface Source {
        void write(ExpositionWriter out);
    }

    private final List<Source> sources = new CopyOnWriteArrayList<>();

    void register(Source source) {
        sources.add(source);
    }

    /**
     * @param name without {@code _total}
     * @param help without a full stop; "(unstable)" is added
     */
    public CounterFamily counter(String name, String help, String... labels) {
        return counter(MetricName.unstable(name, help), labels);
    }

    CounterFamily counter(MetricName name, String... labels) {
        CounterFamily family = new CounterFamily(name, labels);
        register(family);
        return family;
    }

    /** As {@link #counter(String, String, String...)}. */
    public GaugeFamily gauge(String name, String help, String... labels) {
        return gauge(MetricName.unstable(name, help), labels);
    }

    GaugeFamily gauge(MetricName name, String... labels) {
        GaugeFamily family = new GaugeFamily(name, labels);
        register(family);
        return family;
    }

    /** A gauge without labels that is asked when it is read. */
    public void gauge(String name, String help, LongSupplier value) {
        gauge(name, help).bind(value);
    }

    /** A counter without labels that is kept elsewhere and asked when it is read. */
    void counterOf(String name, String help, LongSupplier value) {
        MetricName metric = MetricName.unstable(name, help);
        register(
                out -> {
                    out.family(metric, "counter");
                    out.sample("_total", List.of(), List.of(), value.getAsLong());
                });
    }

    /**
     * @param bounds upper bounds of the buckets, ascending, without infinity
     */
    public HistogramFamily histogram(String name, String help, double[] bounds, String... labels) {
        HistogramFamily family =
                new HistogramFamily(MetricName.unstable(name, help), bounds, labels);
        register(family);
        return family;
    }

    void write(StringBuilder out) {
        ExpositionWriter writer = new ExpositionWriter(out);
        for (Source source : sources) {
            source.write(writer);
        }
        writer.end();
    }
}
