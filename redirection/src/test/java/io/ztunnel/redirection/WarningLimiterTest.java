package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class WarningLimiterTest {
    private static final class Lines extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        private final List<String> lines = new ArrayList<>();

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String message,
                Object @Nullable [] arguments,
                @Nullable Throwable thrown) {
            lines.add(level + " " + MessageFormatter.arrayFormat(message, arguments).getMessage());
        }
    }

    @Test
    void oneInTenSecondsIsLoggedAndTheOthersAreCounted() {
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
        Lines lines = new Lines();
        WarningLimiter limiter = new WarningLimiter(lines, nanos::get);
        Exception cause =
                new IOException("cannot set IP_FREEBIND", new IOException("not permitted"));

        for (int i = 0; i < 1_000; i++) {
            limiter.warn("cannot connect from {}", "10.0.0." + i % 10, cause);
        }
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        limiter.warn("cannot connect from {}", "10.0.0.7", cause);

        assertThat(lines.lines)
                .containsExactly(
                        "WARN cannot connect from 10.0.0.0: cannot set IP_FREEBIND: not permitted"
                                + " (0 more since the last such warning)",
                        "WARN cannot connect from 10.0.0.7: cannot set IP_FREEBIND: not permitted"
                                + " (999 more since the last such warning)");
    }
}
