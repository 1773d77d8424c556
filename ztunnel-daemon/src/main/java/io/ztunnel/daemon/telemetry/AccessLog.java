package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.HostPort;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** The lines of scope {@code access}. Callable from any thread, never waits. */
public final class AccessLog {
    private static final int DENIALS_PER_SECOND = 100;
    private static final int MAX_DENIAL_KEYS = 4096;

    private final ScopedLogger logger;
    private final RateLimited denials;

    public AccessLog(LogFilter filter, LogSink sink, InstantSource clock, LongSupplier nanoTime) {
        this.logger = new ScopedLogger("access", filter, sink, clock);
        this.denials =
                new RateLimited(
                        DENIALS_PER_SECOND,
                        Duration.ofSeconds(1),
                        MAX_DENIAL_KEYS,
                        nanoTime,
                        this::suppressed);
        sink.everySecond(denials::sweep);
    }

    /**
     * A connection that was refused before enough was known of it for a record. A peer that keeps
     * being refused gets 100 lines per second and reason; the rest is counted in one line.
     *
     * @param destination null when it could not be read
     */
    public void denied(
            HostPort source,
            @Nullable HostPort destination,
            Reporter reporter,
            ConnectionError error) {
        if (!logger.isEnabled(Level.WARN)) {
            return;
        }
        String key = error.kind() + " " + reporter.direction() + " " + source.ip();
        if (!denials.permit(key)) {
            return;
        }
        LogFields fields =
                new LogFields()
                        .bare("src.addr", source)
                        .bare("dst.addr", destination)
                        .text("direction", reporter.direction());
        logger.write(Level.WARN, "connection failed", failure(fields, error));
    }

    private void suppressed(String key, long lines) {
        LogFields fields = new LogFields().text("like", key).number("suppressed", lines);
        logger.write(Level.WARN, "connections failed", fields);
    }

    boolean isEnabled(Level level) {
        return logger.isEnabled(level);
    }

    void write(Level level, String message, LogFields fields) {
        logger.write(level, message, fields);
    }

    /** The reference's text, then what is ours. */
    static LogFields failure(LogFields fields, ConnectionError error) {
        return fields.text("error", error.text())
                .text("error.code", error.kind().name())
                .text("error.hint", error.hint());
    }
}
