package io.ztunnel.sandbox.waypoint;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.route.ServicePort;
import io.ztunnel.sandbox.waypoint.telemetry.Destination;
import io.ztunnel.sandbox.waypoint.telemetry.Party;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is remembered of an exchange for its line in the log and its metrics. */
final class ExchangeReport {
    private static final String GRPC = "application/grpc";
    private static final String GRPC_STATUS = "grpc-status";

    private final Dialled dialled;
    private final HttpRequest request;
    private final String uri;
    private final boolean grpc;
    private final long start = System.nanoTime();
    private String upstream = "-";
    private @Nullable Endpoint endpoint;
    private Optional<ServicePort> backend = Optional.empty();
    private String route = "";
    private String policy = "";
    private String flags = "";
    private String grpcStatus = "";
    private String remark = "";
    private int status;
    private int tries;
    private long sent;

    ExchangeReport(Dialled dialled, HttpRequest request) {
        this.dialled = dialled;
        this.request = request;
        this.uri = request.uri();
        this.grpc = isGrpc(request.headers());
    }

    static boolean isGrpc(HttpHeaders headers) {
        return headers.get("content-type", "").startsWith(GRPC);
    }

    boolean isGrpc() {
        return grpc;
    }

    void routed(String by, Optional<ServicePort> to) {
        route = by;
        backend = to;
    }

    void denied(String by) {
        policy = by;
    }

    void tried(String address, @Nullable Endpoint at) {
        tries++;
        upstream(address);
        endpoint = at;
    }

    /**
     * @param address whom it was tried at last
     */
    void upstream(String address) {
        upstream = address;
    }

    void status(int code, HttpHeaders headers) {
        status = code;
        trailers(headers);
    }

    void trailers(HttpHeaders headers) {
        String code = headers.get(GRPC_STATUS);
        if (code != null && grpc) {
            grpcStatus = code;
        }
    }

    int status() {
        return status;
    }

    void sent(int bytes) {
        sent += bytes;
    }

    /** Envoy's letters for what went wrong. */
    void flag(String letters) {
        flags = letters;
    }

    void remark(String why) {
        remark = why;
    }

    /**
     * @param received bytes of the request's body
     * @param why it did not end well, or ""
     */
    void finish(WaypointState state, long received, String why) {
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        dialled.with()
                .log()
                .request(
                        dialled.path(upstream),
                        request.method().name(),
                        uri,
                        status,
                        sent,
                        took,
                        details(),
                        why.isEmpty() ? remark : why);
        dialled.with()
                .telemetry()
                .request(
                        new Telemetry.Request(
                                source(state, dialled),
                                destination(state, endpoint),
                                service(backend.or(() -> dialled.service().service())),
                                status,
                                grpc,
                                grpcStatus,
                                flags,
                                received,
                                sent,
                                took));
    }

    static Party source(WaypointState state, Dialled dialled) {
        return Party.of(
                state.workloads().at(dialled.client().address()), dialled.client().spiffeId());
    }

    static Party destination(WaypointState state, @Nullable Endpoint endpoint) {
        return endpoint == null
                ? Party.NOBODY
                : Party.of(state.workloads().at(endpoint.address().getAddress()), "");
    }

    static Destination service(Optional<ServicePort> service) {
        return service.map(s -> new Destination(s.hostname(), s.name(), s.namespace()))
                .orElse(Destination.NONE);
    }

    private String details() {
        List<String> details = new ArrayList<>();
        if (!route.isEmpty()) {
            details.add("route=" + route);
        }
        backend.ifPresent(to -> details.add("backend=" + to.hostname() + ":" + to.port()));
        if (tries > 1) {
            details.add("tries=" + tries);
        }
        if (!grpcStatus.isEmpty()) {
            details.add("grpc-status=" + grpcStatus);
        }
        if (!flags.isEmpty()) {
            details.add("flags=" + flags);
        }
        if (!policy.isEmpty()) {
            details.add("policy=\"" + policy + '"');
        }
        return String.join(" ", details);
    }
}
