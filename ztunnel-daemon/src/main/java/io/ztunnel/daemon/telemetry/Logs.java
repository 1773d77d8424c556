package io.ztunnel.daemon.telemetry;

import org.slf4j.bridge.SLF4JBridgeHandler;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The logging of this process, made when the first logger is asked for: {@code RUST_LOG} is the
 * filter, {@code LOG_FORMAT=json} selects JSON lines, the lines go to standard output.
 */
public final class Logs {
    /** Held strongly: java.util.logging forgets the level of a logger that nobody holds. */
    private static final Logger GRPC = Logger.getLogger("io.grpc");

    private static final class Holder {
        static final Logs INSTANCE = ofEnvironment(System.getenv());
    }

    private final LogFilter filter;
    private final LogSink sink;

    private Logs(LogFilter filter, LogSink sink) {
        this.filter = filter;
        this.sink = sink;
    }

    private static Logs ofEnvironment(Map<String, String> env) {
        LogFormat format = "json".equals(env.get("LOG_FORMAT")) ? LogFormat.JSON : LogFormat.PLAIN;
        LogFilter filter = LogFilter.startingWith(env.getOrDefault("RUST_LOG", "info"));
        return new Logs(filter, new LogSink(format, System.out, LogSink.DEFAULT_CAPACITY).start());
    }

    static Logs instance() {
        return Holder.INSTANCE;
    }

    /** What {@code /logging} changes. */
    public static LogFilter filter() {
        return instance().filter;
    }

    public static LogSink sink() {
        return instance().sink;
    }

    static ScopedLogger logger(String name) {
        return new ScopedLogger(name, filter(), sink(), InstantSource.system());
    }

    /** Sends what gRPC logs through our filter and sink. To be called once, early in main. */
    public static void bridgeJavaUtilLogging() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        filter().onChange(Logs::followFilter);
        followFilter();
    }

    private static void followFilter() {
        GRPC.setLevel(
                switch (filter().rules().verbosity(LogScope.of(GRPC.getName()))) {
                    case OFF -> Level.OFF;
                    case ERROR -> Level.SEVERE;
                    case WARN -> Level.WARNING;
                    case INFO -> Level.INFO;
                    case DEBUG -> Level.FINE;
                    case TRACE -> Level.FINEST;
                });
    }

    /**
     * Writes what is queued; later lines are lost.
     *
     * @return false when it took longer than the limit
     */
    public static boolean shutdown(Duration limit) {
        return sink().close(limit);
    }
}
