package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import java.time.InstantSource;

/** The lines of scope {@code dns}, at debug. Callable from any thread, never waits. */
public final class DnsLog {
    private static final String UNKNOWN = "unknown";

    private final ScopedLogger logger;

    DnsLog(LogFilter filter, LogSink sink, InstantSource clock) {
        this.logger = new ScopedLogger("dns", filter, sink, clock);
    }

    /** Whether {@link #answered} writes at all; what its arguments cost can be saved otherwise. */
    public boolean isEnabled() {
        return logger.isEnabled(Level.DEBUG);
    }

    /**
     * @param source null when the mesh does not know it
     * @param query such as {@code AAAA}
     * @param domain with its final dot
     * @param endpoints addresses or records in the answer
     */
    public void answered(
            @Nullable Workload source, String query, String domain, String result, int endpoints) {
        if (!isEnabled()) {
            return;
        }
        logger.write(
                Level.DEBUG,
                "",
                new LogFields()
                        .text("src.workload", source == null ? UNKNOWN : source.name())
                        .text("src.namespace", source == null ? UNKNOWN : source.namespace())
                        .text("query", query)
                        .text("domain", domain)
                        .text("result", result)
                        .number("endpoints", endpoints));
    }
}
