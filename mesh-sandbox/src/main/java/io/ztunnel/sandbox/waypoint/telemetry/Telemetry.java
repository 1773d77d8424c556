package io.ztunnel.sandbox.waypoint.telemetry;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/** Counts requests and connections. Never holds more than a number of series. */
public final class Telemetry {
    private static final int MAX_SERIES = 5_000;

    private final Map<Labels, RequestSeries> requests = new ConcurrentHashMap<>();
    private final Map<Labels, ConnectionSeries> connections = new ConcurrentHashMap<>();

    private record RequestSeries(
            LongAdder count, Histogram millis, Histogram received, Histogram sent) {
        RequestSeries() {
            this(new LongAdder(), new Histogram(), new Histogram(), new Histogram());
        }
    }

    private record ConnectionSeries(
            LongAdder opened, LongAdder closed, LongAdder received, LongAdder sent) {
        ConnectionSeries() {
            this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
        }
    }

    /**
     * What a client asked for, and got.
     *
     * @param status 0 when the client left before it was told one
     * @param grpc whether it was a call of gRPC
     * @param grpcStatus "" when there was none
     * @param flags of Envoy, such as {@code UF}; "" for none
     * @param received bytes of the request's body
     * @param sent bytes of the response's body
     */
    public record Request(
            Party source,
            Party destination,
            Destination service,
            int status,
            boolean grpc,
            String grpcStatus,
            String flags,
            long received,
            long sent,
            Duration took) {}

    public void request(Request request) {
        RequestSeries series =
                series(
                        requests,
                        Labels.request(
                                request.source(),
                                request.destination(),
                                request.service(),
                                request.grpc(),
                                request.status(),
                                request.grpcStatus(),
                                request.flags()),
                        RequestSeries::new);
        series.count().increment();
        series.millis().add(request.took().toMillis());
        series.received().add(request.received());
        series.sent().add(request.sent());
    }

    /** A connection that is not HTTP is over. */
    public void connection(
            Party source,
            Party destination,
            Destination service,
            String flags,
            long received,
            long sent) {
        ConnectionSeries series =
                series(
                        connections,
                        Labels.connection(source, destination, service, flags),
                        ConnectionSeries::new);
        series.opened().increment();
        series.closed().increment();
        series.received().add(received);
        series.sent().add(sent);
    }

    private static <S> S series(Map<Labels, S> all, Labels labels, Supplier<S> fresh) {
        S known = all.get(labels);
        if (known != null) {
            return known;
        }
        Labels key = all.size() < MAX_SERIES ? labels : Labels.OVERFLOW;
        return all.computeIfAbsent(key, _ -> fresh.get());
    }

    /** All of it, as Prometheus reads it. */
    public String prometheus() {
        StringBuilder text = new StringBuilder();
        counter(text, "istio_requests_total", requests, RequestSeries::count);
        histogram(text, "istio_request_duration_milliseconds", RequestSeries::millis);
        histogram(text, "istio_request_bytes", RequestSeries::received);
        histogram(text, "istio_response_bytes", RequestSeries::sent);
        counter(text, "istio_tcp_connections_opened_total", connections, ConnectionSeries::opened);
        counter(text, "istio_tcp_connections_closed_total", connections, ConnectionSeries::closed);
        counter(text, "istio_tcp_received_bytes_total", connections, ConnectionSeries::received);
        counter(text, "istio_tcp_sent_bytes_total", connections, ConnectionSeries::sent);
        return text.toString();
    }

    private static <S> void counter(
            StringBuilder to, String name, Map<Labels, S> all, Function<S, LongAdder> value) {
        to.append("# TYPE ").append(name).append(" counter\n");
        sorted(all)
                .forEach(
                        e ->
                                to.append(
                                        "%s{%s} %d\n"
                                                .formatted(
                                                        name,
                                                        e.getKey(),
                                                        value.apply(e.getValue()).sum())));
    }

    private void histogram(
            StringBuilder to, String name, Function<RequestSeries, Histogram> value) {
        to.append("# TYPE ").append(name).append(" histogram\n");
        sorted(requests).forEach(e -> value.apply(e.getValue()).print(to, name, e.getKey()));
    }

    private static <S> List<Map.Entry<String, S>> sorted(Map<Labels, S> all) {
        return all.entrySet().stream()
                .map(e -> Map.entry(e.getKey().text(), e.getValue()))
                .sorted(Comparator.comparing(Map.Entry::getKey))
                .toList();
    }
}
