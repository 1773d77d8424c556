package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

import java.time.InstantSource;
import java.util.List;

/** An SLF4J logger that hands records to the sink. The filter's answer is kept until it changes. */
@SuppressWarnings("serial") // a logger is found by its name again, never carried elsewhere
final class ScopedLogger extends LegacyAbstractLogger implements LoggingEventAware {
    private static final String CALLER = ScopedLogger.class.getName();

    private record Decision(LogFilter.Rules rules, LogFilter.Verbosity verbosity) {}

    private final transient LogScope scope;
    private final transient LogFilter filter;
    private final transient LogSink sink;
    private final transient InstantSource clock;
    private transient volatile @Nullable Decision decision;

    ScopedLogger(String name, LogFilter filter, LogSink sink, InstantSource clock) {
        this.name = name;
        this.scope = LogScope.of(name);
        this.filter = filter;
        this.sink = sink;
        this.clock = clock;
    }

    @SuppressWarnings("ReferenceEquality") // each change makes new rules
    boolean isEnabled(Level level) {
        LogFilter.Rules rules = filter.rules();
        Decision known = decision;
        if (known == null || known.rules() != rules) {
            known = new Decision(rules, rules.verbosity(scope));
            decision = known;
        }
        return known.verbosity().includes(level);
    }

    /** Logs with fields of our own; the caller has asked {@link #isEnabled(Level)}. */
    void write(Level level, String message, LogFields fields) {
        sink.offer(new LogRecord(clock.instant(), level, scope.name(), message, fields, null));
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String message,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        String text = MessageFormatter.basicArrayFormat(message, arguments);
        sink.offer(
                new LogRecord(
                        clock.instant(),
                        level,
                        scope.name(),
                        String.valueOf(text),
                        LogFields.NONE,
                        thrown));
    }

    @Override
    public void log(LoggingEvent event) {
        if (!isEnabled(event.getLevel())) {
            return;
        }
        LogFields fields = LogFields.NONE;
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null && !pairs.isEmpty()) {
            fields = new LogFields();
            for (KeyValuePair pair : pairs) {
                fields.any(pair.key, pair.value);
            }
        }
        String text =
                MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray());
        sink.offer(
                new LogRecord(
                        clock.instant(), // the event's own time has milliseconds only
                        event.getLevel(),
                        scope.name(),
                        String.valueOf(text),
                        fields,
                        event.getThrowable()));
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return CALLER;
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }
}
