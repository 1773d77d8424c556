package io.ztunnel.daemon.telemetry;

import java.math.BigDecimal;
import java.util.List;

/**
 * OpenMetrics text. A family's HELP, TYPE and UNIT are written before its first sample, so a family
 * without samples leaves no trace.
 */
final class ExpositionWriter {
    private static final double SMALL = 1e-3;

    private final StringBuilder out;
    private MetricName family = MetricName.NONE;
    private String type = "";
    private boolean begun;

    ExpositionWriter(StringBuilder out) {
        this.out = out;
    }

    void family(MetricName family, String type) {
        this.family = family;
        this.type = type;
        this.begun = false;
    }

    void sample(String suffix, List<String> labels, List<String> values, long value) {
        begin(suffix);
        labels(labels, values);
        out.append(' ').append(value).append('\n');
    }

    void sample(String suffix, List<String> labels, List<String> values, double value) {
        begin(suffix);
        labels(labels, values);
        out.append(' ').append(number(value)).append('\n');
    }

    private void begin(String suffix) {
        if (!begun) {
            begun = true;
            out.append("# HELP ").append(family.name()).append(' ');
            escape(family.fullHelp());
            out.append(".\n# TYPE ").append(family.name()).append(' ').append(type).append('\n');
            if (!family.unit().isEmpty()) {
                out.append("# UNIT ").append(family.name());
                out.append(' ').append(family.unit()).append('\n');
            }
        }
        out.append(family.name()).append(suffix);
    }

    private void labels(List<String> labels, List<String> values) {
        if (labels.isEmpty()) {
            return;
        }
        for (int i = 0; i < labels.size(); i++) {
            out.append(i == 0 ? '{' : ',').append(labels.get(i)).append("=\"");
            escape(values.get(i));
            out.append('"');
        }
        out.append('}');
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '"' -> out.append("\\\"");
                case '\n' -> out.append("\\n");
                default -> out.append(c);
            }
        }
    }

    /** The canonical numbers of OpenMetrics for what we have. */
    static String number(double value) {
        if (value == Double.POSITIVE_INFINITY) {
            return "+Inf";
        }
        // Java writes small numbers with an exponent, the reference does not.
        return Math.abs(value) < SMALL && value != 0
                ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
                : Double.toString(value);
    }

    void end() {
        out.append("# EOF\n");
    }
}
