package io.ztunnel.bench.micro;

import io.ztunnel.bench.micro.Results.Measurement;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A run beside the baseline. Allocation is the same on every machine, so that more of it is a
 * failure; time is not, so that more of it is a warning.
 */
record Comparison(List<Row> rows) {
    /** Less than an object: JMH itself and late compilations allocate a little. */
    private static final double SLACK_BYTES = 4;

    private static final double SLACK_RATIO = 1.01;

    /** What other threads of the JVM allocate in a nanosecond; counts for slow operations only. */
    private static final double BACKGROUND = 2e-5;

    /** What a shared machine makes of the same code. */
    private static final double SLOW_RATIO = 1.5;

    enum Verdict {
        SAME(""),
        NEW("not in the baseline"),
        SLOWER("slower, perhaps"),
        LESS("allocates less"),
        MORE("ALLOCATES MORE");

        final String text;

        Verdict(String text) {
            this.text = text;
        }
    }

    /**
     * @param baseline null when there is none
     */
    record Row(String name, @Nullable Measurement baseline, Measurement now) {
        Verdict verdict() {
            if (baseline == null) {
                return Verdict.NEW;
            }
            if (isMore(baseline, now)) {
                return Verdict.MORE;
            }
            if (now.nanos() > baseline.nanos() * SLOW_RATIO) {
                return Verdict.SLOWER;
            }
            return isMore(now, baseline) ? Verdict.LESS : Verdict.SAME;
        }

        private static boolean isMore(Measurement before, Measurement after) {
            double slack = SLACK_BYTES + BACKGROUND * after.nanos();
            return after.bytes() > before.bytes() * SLACK_RATIO + slack;
        }
    }

    static Comparison of(Results baseline, Results now) {
        List<Row> rows = new ArrayList<>();
        now.measurements()
                .forEach(
                        (name, measured) ->
                                rows.add(
                                        new Row(
                                                name,
                                                baseline.measurements().get(name),
                                                measured)));
        return new Comparison(rows);
    }

    boolean allocationGrew() {
        return rows.stream().anyMatch(row -> row.verdict() == Verdict.MORE);
    }

    String table() {
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        String head = "%-" + Math.max(width, 9) + "s | %12s %12s %6s | %12s %12s %6s | %s%n";
        StringBuilder table = new StringBuilder();
        table.append(
                head.formatted(
                        "benchmark",
                        "ns baseline",
                        "now",
                        "ratio",
                        "B baseline",
                        "now",
                        "ratio",
                        ""));
        for (Row row : rows) {
            Measurement before = row.baseline();
            Measurement now = row.now();
            table.append(
                    head.formatted(
                            row.name(),
                            before == null ? "-" : number(before.nanos()),
                            number(now.nanos()),
                            before == null ? "-" : ratio(before.nanos(), now.nanos()),
                            before == null ? "-" : number(before.bytes()),
                            number(now.bytes()),
                            before == null ? "-" : ratio(before.bytes(), now.bytes()),
                            row.verdict().text));
        }
        return table.toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    /** Of next to nothing there is no ratio. */
    private static String ratio(double before, double now) {
        return before < 1 ? "-" : String.format(Locale.ROOT, "%.2f", now / before);
    }
}
