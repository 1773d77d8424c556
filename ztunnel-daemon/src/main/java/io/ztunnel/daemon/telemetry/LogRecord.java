package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import java.time.Instant;

/** One line before it is text; the log thread renders it. */
record LogRecord(
        Instant time,
        Level level,
        String scope,
        String message,
        LogFields fields,
        @Nullable Throwable thrown) {}
