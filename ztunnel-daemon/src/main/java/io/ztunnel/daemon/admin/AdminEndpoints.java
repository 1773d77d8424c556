package io.ztunnel.daemon.admin;

import io.ztunnel.daemon.telemetry.LogFilter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The paths of the admin port. Called on the admin thread. */
public final class AdminEndpoints {
    private static final String LOGGING_USAGE =
            """
            usage: POST /logging\t\t\t\t\t\t(To list current level)
            usage: POST /logging?level=<level>\t\t\t\t(To change global levels)
            usage: POST /logging?level=<scope>=<level>,<scope>=<level>\t(To change specific scopes)
            usage: POST /logging?reset\t\t\t\t\t(To return to the levels of the start)
            """;

    /** As the reference says it where it was built without its allocator. */
    private static final String NO_HEAP_PROFILES = "jemalloc not enabled\n";

    private static final String HOME_PAGE =
            """
            <!DOCTYPE html>
            <html><head><title>Ztunnel Admin</title></head><body>
            <h1>Ztunnel Admin</h1>
            <table>
            <tr><td><a href="config_dump">config_dump</a></td><td>everything this ztunnel knows, as JSON</td></tr>
            <tr><td>logging</td><td>POST: show or change log levels</td></tr>
            <tr><td>quitquitquit</td><td>POST: shut down gracefully</td></tr>
            <tr><td><a href="debug/pprof/profile">debug/pprof/profile</a></td><td>CPU profile for pprof (seconds=1-300, frequency=1-1000)</td></tr>
            <tr><td><a href="debug/pprof/heap">debug/pprof/heap</a></td><td>heap profile: not in this build</td></tr>
            <tr><td>debug/pprof/heap/profiling</td><td>activate=true|false: not in this build</td></tr>
            </table>
            </body></html>
            """;

    private final ConfigDump dump;
    private final LogFilter logFilter;
    private final Runnable shutdown;
    private final CpuProfiler profiler = new CpuProfiler();

    /**
     * @param shutdown begins a graceful shutdown and returns at once
     */
    public AdminEndpoints(ConfigDump dump, LogFilter logFilter, Runnable shutdown) {
        this.dump = dump;
        this.logFilter = logFilter;
        this.shutdown = shutdown;
    }

    public CompletionStage<HttpReply> answer(HttpQuery query) {
        return switch (query.path()) {
            case "/" -> now(HttpReply.of(200, "text/html; charset=utf-8", HOME_PAGE));
            case "/config_dump" -> now(new HttpReply(200, "application/json", dump::writeTo));
            case "/logging" -> now(logging(query));
            case "/quitquitquit" -> now(quit(query));
            case "/debug/pprof/profile" -> profiler.answer(query);
            case "/debug/pprof/heap" -> now(HttpReply.text(500, NO_HEAP_PROFILES));
            case "/debug/pprof/heap/profiling" -> now(heapProfiling(query));
            default -> now(HttpReply.NOT_FOUND);
        };
    }

    private static CompletionStage<HttpReply> now(HttpReply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static HttpReply heapProfiling(HttpQuery query) {
        return switch (query.parameters().getOrDefault("activate", "")) {
            case "true", "false" -> HttpReply.text(500, NO_HEAP_PROFILES);
            default -> HttpReply.text(400, "invalid activate value; expected true or false\n");
        };
    }

    private HttpReply quit(HttpQuery query) {
        if (!query.method().equals("POST")) {
            return HttpReply.METHOD_NOT_ALLOWED;
        }
        shutdown.run();
        return HttpReply.text(200, "shutdown now\n");
    }

    private HttpReply logging(HttpQuery query) {
        if (!query.method().equals("POST")) {
            return HttpReply.text(405, "Invalid HTTP method\n" + LOGGING_USAGE);
        }
        String level = query.parameters().getOrDefault("level", "");
        boolean reset = query.parameters().containsKey("reset");
        try {
            if (reset && !level.isEmpty()) {
                logFilter.reset(level);
            } else if (reset) {
                logFilter.reset();
            } else if (!level.isEmpty()) {
                logFilter.update(level);
            }
        } catch (IllegalArgumentException e) {
            return HttpReply.text(400, "Invalid level provided: " + level + "\n" + LOGGING_USAGE);
        }
        return HttpReply.text(200, "current log level is " + logFilter + "\n");
    }
}
