package io.ztunnel.daemon.admin;

import io.ztunnel.daemon.telemetry.Metrics;
import io.ztunnel.daemon.telemetry.MetricsText;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What Prometheus scrapes: {@code /metrics} and {@code /stats/prometheus}, with any method. */
public final class StatsEndpoint {
    private final Metrics metrics;

    public StatsEndpoint(Metrics metrics) {
        this.metrics = metrics;
    }

    public CompletionStage<HttpReply> answer(HttpQuery query) {
        return CompletableFuture.completedFuture(
                switch (query.path()) {
                    case "/metrics", "/stats/prometheus" ->
                            new HttpReply(
                                    200,
                                    MetricsText.contentType(List.of(query.accept())),
                                    out -> out.write(MetricsText.write(metrics)));
                    default -> HttpReply.NOT_FOUND;
                });
    }
}
