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
    private static final String HOME_PAGE =
            """
            <!DOCTYPE html>
            <html><head><title>Ztunnel Admin</title></head><body>
            <h1>Ztunnel Admin</h1>
            <table>
            <tr><td><a href="config_dump">config_dump</a></td><td>everything this ztunnel knows, as JSON</td></tr>
            <tr><td>logging</td><td>POST: show or change log levels</td></tr>
            <tr><td>quitquitquit</td><td>POST: shut down gracefully</td></tr>
            </table>
            </body></html>
            """;

    private final ConfigDump dump;
    private final LogFilter logFilter;
    private final Runnable shutdown;

    /**
     * @param shutdown begins a graceful shutdown and returns at once
     */
    public AdminEndpoints(ConfigDump dump, LogFilter logFilter, Runnable shutdown) {
        this.dump = dump;
        this.logFilter = logFilter;
        this.shutdown = shutdown;
    }

    public CompletionStage<HttpReply> answer(HttpQuery query) {
        return CompletableFuture.completedFuture(
                switch (query.path()) {
                    case "/" -> HttpReply.of(200, "text/html; charset=utf-8", HOME_PAGE);
                    case "/config_dump" -> new HttpReply(200, "application/json", dump::writeTo);
                    case "/logging" -> logging(query);
                    case "/quitquitquit" -> quit(query);
                    default -> HttpReply.NOT_FOUND;
                });
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
            if (reset) {
                logFilter.reset();
            }
            if (!level.isEmpty()) {
                logFilter.update(level);
            }
        } catch (IllegalArgumentException e) {
            return HttpReply.text(400, "Invalid level provided: " + level + "\n" + LOGGING_USAGE);
        }
        return HttpReply.text(200, "current log level is " + logFilter + "\n");
    }
}
