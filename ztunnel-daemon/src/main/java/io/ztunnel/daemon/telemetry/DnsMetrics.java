package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/** What pods ask the DNS proxy, and what it asks name servers. Thread-safe. */
public final class DnsMetrics {
    private static final double[] SECONDS = {0.0005, 0.001, 0.01, 0.1, 1, 5};
    private static final String[] LABELS = {
        "request_query_type",
        "request_protocol",
        "source_canonical_service",
        "source_canonical_revision"
    };

    private final CounterFamily requests;
    private final CounterFamily upstreamRequests;
    private final CounterFamily upstreamFailures;
    private final HistogramFamily upstreamDuration;

    DnsMetrics(Metrics metrics) {
        requests = metrics.counter("istio_dns_requests", "Total number of DNS requests", LABELS);
        upstreamRequests =
                metrics.counter(
                        "istio_dns_upstream_requests",
                        "Total number of DNS requests forwarded to upstream",
                        LABELS);
        upstreamFailures =
                metrics.counter(
                        "istio_dns_upstream_failures",
                        "Total number of DNS requests that failed to forward upstream",
                        LABELS);
        upstreamDuration =
                new HistogramFamily(
                        new MetricName(
                                "istio_dns_upstream_request_duration_seconds",
                                "Total time in seconds Istio takes to get DNS response from"
                                        + " upstream",
                                false,
                                "seconds"),
                        SECONDS,
                        LABELS);
        metrics.register(upstreamDuration);
    }

    /** The label values of a request, in their order. */
    public record Labels(String type, String protocol, String service, String revision) {
        /**
         * @param type in lower case
         * @param source null when the mesh does not know it
         */
        public static Labels of(String type, String protocol, @Nullable Workload source) {
            return new Labels(
                    type,
                    protocol,
                    source == null ? SeriesMap.UNKNOWN : known(source.canonicalName()),
                    source == null ? SeriesMap.UNKNOWN : known(source.canonicalRevision()));
        }

        private static String known(String value) {
            return value.isEmpty() ? SeriesMap.UNKNOWN : value;
        }

        private String[] values() {
            return new String[] {type, protocol, service, revision};
        }
    }

    public void request(Labels labels) {
        requests.with(labels.values()).increment();
    }

    public void upstreamRequest(Labels labels) {
        upstreamRequests.with(labels.values()).increment();
    }

    /**
     * The end of an upstream request.
     *
     * @param failed also when the name does not exist, as the reference counts
     */
    public void upstreamDone(Labels labels, long nanos, boolean failed) {
        upstreamDuration
                .with(labels.values())
                .observe((double) nanos / TimeUnit.SECONDS.toNanos(1));
        if (failed) {
            upstreamFailures.with(labels.values()).increment();
        }
    }
}
