package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import java.util.function.LongSupplier;

/**
 * The telemetry of one connection, from its opening to its one and only end: counters, and an
 * access log line. Confined to the event loop of the connection.
 *
 * <p>Bytes are counted in plain fields. They reach the shared counters in portions, when {@link
 * #publish} is called and at the end, so that a busy loop seldom touches memory that other loops
 * write to.
 */
public final class ConnectionRecord {
    /** A metric is behind by at most so many bytes per connection and direction. */
    private static final int PORTION = 64 * 1024;

    private final AccessLog log;
    private final TrafficMetrics metrics;
    private final LongSupplier nanoTime;
    private final Reporter reporter;
    private final TrafficSeries series;
    private final Description description;

    /** Of this connection; those of the series, but where that is a folded one. */
    private final TrafficLabels labels;

    private final long startNanos;
    private long received;
    private long sent;
    private long publishedReceived;
    private long publishedSent;
    private boolean completed;

    /** What the log says of both ends; null leaves a field out. */
    private record Description(
            HostPort source,
            @Nullable String sourceWorkload,
            HostPort destination,
            @Nullable String hboneAddress,
            @Nullable String destinationWorkload,
            boolean mutualTls) {}

    private ConnectionRecord(Builder builder) {
        this.log = builder.log;
        this.metrics = builder.metrics;
        this.nanoTime = builder.nanoTime;
        this.reporter = builder.reporter;
        this.startNanos = builder.startNanos;
        TrafficLabels.Peer source =
                new TrafficLabels.Peer(
                        builder.sourceWorkload, builder.derivedSource, builder.sourceIdentity);
        TrafficLabels.Peer destination =
                new TrafficLabels.Peer(
                        builder.destinationWorkload,
                        builder.derivedDestination,
                        builder.destinationIdentity());
        TrafficLabels own =
                TrafficLabels.of(reporter, source, destination, builder.service, builder.mutualTls);
        this.series = metrics.acquire(own);
        this.labels = series.labels.equals(own) ? series.labels : own;
        this.description = describe(builder, labels, source, destination);
        series.opened.increment();
        if (log.isEnabled(Level.DEBUG)) {
            log.write(Level.DEBUG, "connection opened", fields());
        }
    }

    private static Description describe(
            Builder builder,
            TrafficLabels labels,
            TrafficLabels.Peer source,
            TrafficLabels.Peer destination) {
        return new Description(
                builder.source,
                source.workload() != null ? source.workload().name() : labels.sourceService(),
                builder.destination,
                builder.hboneAddress,
                destinationName(destination),
                builder.mutualTls);
    }

    /** Behind a gateway no pod is known by name, only the workload that it belongs to. */
    private static @Nullable String destinationName(TrafficLabels.Peer destination) {
        if (destination.workload() != null) {
            return destination.workload().name();
        }
        DerivedWorkload derived = destination.derived();
        String name = derived == null ? null : derived.workloadName();
        return name == null || name.isEmpty() ? null : name;
    }

    /** Bytes that went from the client to the server. */
    public void addReceived(int bytes) {
        received += bytes;
        if (received - publishedReceived >= PORTION) {
            publish();
        }
    }

    /** Bytes that went from the server to the client. */
    public void addSent(int bytes) {
        sent += bytes;
        if (sent - publishedSent >= PORTION) {
            publish();
        }
    }

    /** Client to server, so far. */
    public long received() {
        return received;
    }

    /** Server to client, so far. */
    public long sent() {
        return sent;
    }

    /** Brings the shared counters up to date; worth a call now and then for slow connections. */
    public void publish() {
        if (completed) {
            return;
        }
        if (received != publishedReceived) {
            series.received.add(received - publishedReceived);
            publishedReceived = received;
        }
        if (sent != publishedSent) {
            series.sent.add(sent - publishedSent);
            publishedSent = sent;
        }
    }

    /**
     * Ends the record. Only the first call counts.
     *
     * @param error null when the connection ended well
     * @return whether this was the first call
     */
    public boolean complete(@Nullable ConnectionError error) {
        if (completed) {
            return false;
        }
        publish();
        completed = true;
        ResponseFlags flags = error == null ? ResponseFlags.NONE : error.flag();
        series.closed(flags);
        metrics.release(series);
        Level level = error == null ? Level.INFO : Level.ERROR;
        if (log.isEnabled(level)) {
            boolean atSource = reporter == Reporter.SOURCE;
            long millis = (nanoTime.getAsLong() - startNanos) / 1_000_000;
            // Metrics see the server's side, the log that of the workload that reports.
            LogFields fields =
                    fields().number("bytes_sent", atSource ? received : sent)
                            .number("bytes_recv", atSource ? sent : received)
                            .text("duration", millis + "ms");
            if (error != null) {
                AccessLog.failure(fields, error);
            }
            log.write(level, "connection complete", fields);
        }
        return true;
    }

    private LogFields fields() {
        Description d = description;
        return new LogFields()
                .bare("src.addr", d.source())
                .text("src.workload", d.sourceWorkload())
                .text("src.namespace", labels.sourceNamespace())
                .text("src.identity", d.mutualTls() ? labels.sourcePrincipal() : null)
                .text("src.cluster", labels.sourceCluster())
                .bare("dst.addr", d.destination())
                .bare("dst.hbone_addr", d.hboneAddress())
                .text("dst.service", labels.destinationService())
                .text("dst.workload", d.destinationWorkload())
                .text("dst.namespace", labels.destinationNamespace())
                .text("dst.identity", d.mutualTls() ? labels.destinationPrincipal() : null)
                .text("dst.cluster", labels.destinationCluster())
                .text("direction", reporter.direction());
    }

    /** What is known of a connection when its record begins. */
    public static final class Builder {
        private final AccessLog log;
        private final TrafficMetrics metrics;
        private final LongSupplier nanoTime;
        private final Reporter reporter;
        private final HostPort source;
        private final HostPort destination;
        private long startNanos;
        private @Nullable Workload sourceWorkload;
        private @Nullable DerivedWorkload derivedSource;
        private @Nullable Identity sourceIdentity;
        private @Nullable Workload destinationWorkload;
        private @Nullable DerivedWorkload derivedDestination;
        private @Nullable Identity destinationIdentity;
        private @Nullable Service service;
        private @Nullable String hboneAddress;
        private boolean mutualTls;

        Builder(
                AccessLog log,
                TrafficMetrics metrics,
                LongSupplier nanoTime,
                Reporter reporter,
                HostPort source,
                HostPort destination) {
            this.log = log;
            this.metrics = metrics;
            this.nanoTime = nanoTime;
            this.reporter = reporter;
            this.source = source;
            this.destination = destination;
            this.startNanos = nanoTime.getAsLong();
        }

        /** When the connection was accepted, by the clock of the records; now if not called. */
        public Builder startedAt(long nanos) {
            startNanos = nanos;
            return this;
        }

        /** Wins over {@link #derivedSource}. */
        public Builder sourceWorkload(@Nullable Workload workload) {
            sourceWorkload = workload;
            return this;
        }

        public Builder derivedSource(@Nullable DerivedWorkload derived) {
            derivedSource = derived;
            return this;
        }

        /** As proven by TLS: the peer's inbound, our own outbound. Never from xDS. */
        public Builder sourceIdentity(@Nullable Identity identity) {
            sourceIdentity = identity;
            return this;
        }

        /** Wins over {@link #derivedDestination}; also gives the destination's identity. */
        public Builder destinationWorkload(@Nullable Workload workload) {
            destinationWorkload = workload;
            return this;
        }

        public Builder derivedDestination(@Nullable DerivedWorkload derived) {
            derivedDestination = derived;
            return this;
        }

        /** Wins over the destination workload's: the inner peer of a double tunnel. */
        public Builder destinationIdentity(@Nullable Identity identity) {
            destinationIdentity = identity;
            return this;
        }

        public Builder destinationService(@Nullable Service destinationService) {
            service = destinationService;
            return this;
        }

        /** The CONNECT authority; null outside tunnels. */
        public Builder hboneAddress(@Nullable String authority) {
            hboneAddress = authority;
            return this;
        }

        /** Whether the connection travels in a tunnel. */
        public Builder mutualTls(boolean tunnelled) {
            mutualTls = tunnelled;
            return this;
        }

        private @Nullable Identity destinationIdentity() {
            if (destinationIdentity != null || destinationWorkload == null) {
                return destinationIdentity;
            }
            return destinationWorkload.identity();
        }

        /** Counts the connection as opened. {@link ConnectionRecord#complete} must follow. */
        public ConnectionRecord open() {
            return new ConnectionRecord(this);
        }
    }
}
