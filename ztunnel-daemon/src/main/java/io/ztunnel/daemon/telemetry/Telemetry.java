package io.ztunnel.daemon.telemetry;

import io.netty.buffer.ByteBufAllocator;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Workload;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * All metrics of the process in the reference's order, and what makes {@link ConnectionRecord}s.
 * One per process. Thread-safe.
 */
public final class Telemetry {
    private final Metrics metrics = new Metrics();
    private final LongSupplier nanoTime;
    private final AccessLog accessLog;
    private final XdsMetrics xds;
    private final TrafficMetrics traffic;
    private final GaugeFamily socketsOpen;
    private final CounterFamily onDemandDns;
    private final DnsMetrics dns;
    private final DnsLog dnsLog;
    private final CounterFamily crlRejections;
    private final CounterFamily proxiesStarted;
    private final CounterFamily proxiesStopped;
    private final CounterFamily handshakes;
    private final CounterFamily limitsReached;
    private final CounterFamily acceptFailures;
    private final GaugeFamily activeProxies;
    private final GaugeFamily pendingProxies;
    private final GaugeFamily certificates;
    private final GaugeFamily earliestExpiry;
    private final GaugeFamily windowBytes;

    /**
     * @param istioVersion the {@code tag} of {@code istio_build}
     */
    public Telemetry(
            String istioVersion,
            LogFilter filter,
            LogSink sink,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.accessLog = new AccessLog(filter, sink, clock, nanoTime);
        ProcessMetrics.register(metrics);
        metrics.gauge(
                        MetricName.stable("istio_build", "Istio component build info"),
                        "component",
                        "tag")
                .bind(() -> 1, "ztunnel", istioVersion);
        xds = new XdsMetrics(metrics);
        traffic =
                new TrafficMetrics(
                        TrafficMetrics.DEFAULT_MAX_SERIES,
                        TrafficMetrics.DEFAULT_IDLE_TIME,
                        nanoTime);
        metrics.register(traffic);
        socketsOpen =
                metrics.gauge(
                        "istio_tcp_sockets_open", "The number of open TCP sockets", "reporter");
        for (Reporter reporter : Reporter.values()) {
            socketsOpen.with(reporter.label());
        }
        onDemandDns =
                metrics.counter(
                        "istio_on_demand_dns",
                        "The total number of requests that used on-demand DNS",
                        labels(TrafficLabels.SOURCE_NAMES, "hostname"));
        dns = new DnsMetrics(metrics);
        dnsLog = new DnsLog(filter, sink, clock);
        crlRejections =
                metrics.counter(
                        "istio_crl_policy_rejections",
                        "The total number of connections rejected because of a revoked"
                                + " certificate",
                        "reporter");
        activeProxies =
                metrics.gauge(
                        "workload_manager_active_proxy_count",
                        "The total number current workloads with active proxies");
        pendingProxies =
                metrics.gauge(
                        "workload_manager_pending_proxy_count",
                        "The total number current workloads with pending proxies");
        proxiesStarted =
                metrics.counter(
                        "workload_manager_proxies_started",
                        "The total number of proxies that were started");
        proxiesStopped =
                metrics.counter(
                        "workload_manager_proxies_stopped",
                        "The total number of proxies that were stopped");
        metrics.counterOf(
                "ztunnel_log_lines_dropped",
                "Log lines lost because the output was too slow",
                sink::dropped);
        metrics.counterOf(
                "ztunnel_connections_without_own_series",
                "Connections counted under unknown because there were too many label sets",
                traffic::folded);
        handshakes =
                metrics.counter(
                        "ztunnel_tls_handshakes",
                        "TLS handshakes on tunnels",
                        "reporter",
                        "result");
        limitsReached =
                metrics.counter(
                        "ztunnel_pod_limit_reached",
                        "How often a limit of a pod was met: connections and handshakes were"
                                + " refused, windows did not grow",
                        "limit");
        acceptFailures =
                metrics.counter(
                        "ztunnel_accept_failures",
                        "Connections that could not be accepted, mostly for want of descriptors",
                        "listener");
        certificates =
                metrics.gauge(
                        "ztunnel_certificates", "Workload certificates by their state", "state");
        earliestExpiry =
                metrics.gauge(
                        "ztunnel_certificate_earliest_expiry_timestamp_seconds",
                        "When the first of the workload certificates expires, in Unix time");
        BufferMetrics.register(metrics, ByteBufAllocator.DEFAULT);
        windowBytes =
                metrics.gauge(
                        "ztunnel_window_bytes",
                        "Bytes that windows of streams have grown by, of all pods together");
    }

    private static String[] labels(List<String> names, String more) {
        List<String> all = new ArrayList<>(names);
        all.add(more);
        return all.toArray(String[]::new);
    }

    /** For this process: its loggers' filter and sink, and the system's clocks. */
    public static Telemetry ofProcess(String istioVersion) {
        return new Telemetry(
                istioVersion, Logs.filter(), Logs.sink(), InstantSource.system(), System::nanoTime);
    }

    public Metrics metrics() {
        return metrics;
    }

    public AccessLog accessLog() {
        return accessLog;
    }

    public XdsMetrics xds() {
        return xds;
    }

    /** Begins the record of a connection; {@link ConnectionRecord.Builder#open} counts it. */
    public ConnectionRecord.Builder connection(
            Reporter reporter, HostPort source, HostPort destination) {
        return new ConnectionRecord.Builder(
                accessLog, traffic, nanoTime, reporter, source, destination);
    }

    /** Accepted sockets; to be held and counted up and down by who accepts. */
    public GaugeFamily.Gauge openSockets(Reporter reporter) {
        return socketsOpen.with(reporter.label());
    }

    public DnsMetrics dns() {
        return dns;
    }

    public DnsLog dnsLog() {
        return dnsLog;
    }

    /** A destination that is known by that name only was asked for. */
    public void onDemandDns(Workload source, String hostname) {
        List<String> values = new ArrayList<>(TrafficLabels.ofSource(source));
        values.add(hostname);
        onDemandDns.with(values.toArray(String[]::new)).increment();
    }

    /** Handshakes that were refused, and tunnels that were cut, for a revoked certificate. */
    public CounterFamily.Counter crlRejections(Reporter reporter) {
        return crlRejections.with(reporter.label());
    }

    /** Handshakes that ended well or badly. */
    public CounterFamily.Counter handshakes(Reporter reporter, boolean success) {
        return handshakes.with(reporter.label(), success ? "success" : "failure");
    }

    /** Limits of one pod, as the metric names them. */
    public enum PodLimit {
        CONNECTIONS("connections"),
        BUFFERED_BYTES("buffered_bytes"),
        HANDSHAKES("handshakes"),
        DNS_REQUESTS("dns_requests"),
        DNS_CONNECTIONS("dns_connections");

        private final String label;

        PodLimit(String label) {
            this.label = label;
        }
    }

    /** How often a pod met that limit. */
    public CounterFamily.Counter limitReached(PodLimit limit) {
        return limitsReached.with(limit.label);
    }

    /**
     * Accepts that failed.
     *
     * @param listener what it listens for
     */
    public CounterFamily.Counter acceptFailures(String listener) {
        return acceptFailures.with(listener);
    }

    /** Pods whose proxies run; asked when metrics are read. */
    public void proxies(LongSupplier active, LongSupplier pending) {
        activeProxies.bind(active);
        pendingProxies.bind(pending);
    }

    public CounterFamily.Counter proxiesStarted() {
        return proxiesStarted.with();
    }

    public CounterFamily.Counter proxiesStopped() {
        return proxiesStopped.with();
    }

    /** What the streams of all pods may make us keep; asked when metrics are read. */
    public void windows(LongSupplier bytes) {
        windowBytes.bind(bytes);
    }

    /**
     * Asked when metrics are read.
     *
     * @param earliest Unix seconds, or {@link GaugeFamily#NO_SAMPLE}
     */
    public void certificates(
            LongSupplier initializing,
            LongSupplier available,
            LongSupplier unavailable,
            LongSupplier earliest) {
        certificates.bind(initializing, "initializing");
        certificates.bind(available, "available");
        certificates.bind(unavailable, "unavailable");
        earliestExpiry.bind(earliest);
    }
}
