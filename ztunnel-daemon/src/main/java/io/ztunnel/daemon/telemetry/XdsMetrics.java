package io.ztunnel.daemon.telemetry;

/** The {@code istio_xds_*} counters. Thread-safe. */
public final class XdsMetrics {
    private final CounterFamily terminations;
    private final CounterFamily messages;
    private final CounterFamily bytes;

    XdsMetrics(Metrics metrics) {
        terminations =
                metrics.counter(
                        "istio_xds_connection_terminations",
                        "The total number of completed connections to xds server",
                        "reason");
        messages = metrics.counter("istio_xds_message", "Total number of messages received", "url");
        bytes =
                metrics.counter(
                        new MetricName(
                                "istio_xds_message_bytes",
                                "Total number of bytes received",
                                false,
                                "bytes"),
                        "url");
    }

    /**
     * @param reason ConnectionError, Error, Reconnect or Complete
     */
    public void connectionTerminated(String reason) {
        terminations.with(reason).increment();
    }

    /**
     * @param payloadBytes the sum of the resources' encoded sizes
     */
    public void message(String typeUrl, long payloadBytes) {
        messages.with(typeUrl).increment();
        bytes.with(typeUrl).add(payloadBytes);
    }
}
