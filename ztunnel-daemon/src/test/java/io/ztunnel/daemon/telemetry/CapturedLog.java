package io.ztunnel.daemon.telemetry;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** A sink whose lines can be read, a filter, and clocks that stand still until moved. */
final class CapturedLog {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final LogFilter filter = LogFilter.startingWith("info");
    final LogSink sink;
    Instant now = Instant.parse("2026-11-22T23:47:32.574832Z");
    long nanos = 1_000_000_000_000L;

    CapturedLog(LogFormat format) {
        sink = new LogSink(format, out, 1024).start();
    }

    InstantSource clock() {
        return () -> now;
    }

    AccessLog accessLog() {
        return new AccessLog(filter, sink, clock(), () -> nanos);
    }

    ScopedLogger logger(String name) {
        return new ScopedLogger(name, filter, sink, clock());
    }

    /** Ends the sink and returns what it wrote. */
    List<String> lines() {
        if (!sink.close(Duration.ofSeconds(10))) {
            throw new AssertionError("the sink did not end");
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
