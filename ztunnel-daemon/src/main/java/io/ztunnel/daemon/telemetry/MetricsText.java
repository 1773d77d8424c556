package io.ztunnel.daemon.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The body and content type of {@code /metrics}. Callable from any thread. */
public final class MetricsText {
    public static final String OPEN_METRICS =
            "application/openmetrics-text;charset=utf-8;version=1.0.0";
    public static final String PLAIN_TEXT = "text/plain; charset=utf-8";

    private MetricsText() {}

    /** All families as OpenMetrics text; compression is the HTTP server's. */
    public static byte[] write(Metrics metrics) {
        StringBuilder out = new StringBuilder(64 * 1024);
        metrics.write(out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The body is OpenMetrics either way; its type is only named to those who ask for it.
     *
     * @param accept the values of all Accept headers
     */
    public static String contentType(List<String> accept) {
        for (String header : accept) {
            for (String element : header.split(",", -1)) {
                String type = element.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
                if (type.equals("application/openmetrics-text")) {
                    return OPEN_METRICS;
                }
            }
        }
        return PLAIN_TEXT;
    }
}
