package io.ztunnel.daemon.telemetry;

import org.slf4j.event.Level;

import java.time.Instant;

/** The line of a tunnelled connection that ended well, as the log thread renders it. */
public final class AccessLogLine {
    private final StringBuilder text = new StringBuilder(16 * 1024);
    private final LogFormat format;
    private final LogRecord record =
            new LogRecord(
                    Instant.parse("2026-11-22T23:47:32.574832Z"),
                    Level.INFO,
                    "access",
                    "connection complete",
                    new LogFields()
                            .bare("src.addr", "10.244.1.5:42312")
                            .text("src.workload", "productpage-v1-6bd6b8bc4d-q2x8f")
                            .text("src.namespace", "bookinfo")
                            .text(
                                    "src.identity",
                                    "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-productpage")
                            .text("src.cluster", "Kubernetes")
                            .bare("dst.addr", "10.244.2.7:15008")
                            .bare("dst.hbone_addr", "10.244.2.7:9080")
                            .text("dst.service", "details.bookinfo.svc.cluster.local")
                            .text("dst.workload", "details-v1-7d88846999-mxj2z")
                            .text("dst.namespace", "bookinfo")
                            .text(
                                    "dst.identity",
                                    "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-details")
                            .text("dst.cluster", "Kubernetes")
                            .text("direction", "outbound")
                            .number("bytes_sent", 178)
                            .number("bytes_recv", 341)
                            .text("duration", "12ms"),
                    null);

    public AccessLogLine(LogFormat format) {
        this.format = format;
    }

    /** Into a buffer that is used again. */
    public StringBuilder render() {
        text.setLength(0);
        format.append(text, record);
        return text;
    }
}
