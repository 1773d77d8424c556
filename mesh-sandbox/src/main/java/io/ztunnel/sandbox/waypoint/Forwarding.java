package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.concurrent.ScheduledFuture;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;
import io.ztunnel.sandbox.waypoint.route.RouteDecision;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A request on its way to an endpoint: tries one, another if there is reason to, keeps the limits
 * of time, and sends copies to mirrors. Confined to an event loop.
 */
final class Forwarding implements Attempt.Reach, HttpUpstream.Listener {
    private static final String NO_UPSTREAM = "upstream connect error";
    private static final String NO_ANSWER = "upstream connect error: it closed before it answered";
    private static final String TOO_LATE = "upstream request timeout";
    private static final int GATEWAY_TIMEOUT = 504;

    /** What the exchange does about it. Told nothing after {@link #finish}. */
    interface Listener {
        /** The next piece of the request can be taken. */
        void wantsContent();

        void trying(Attempt attempt);

        void upstreamNamed(String upstream);

        void interim(HttpResponse response);

        void response(HttpResponse response);

        void responseContent(HttpContent content);

        /**
         * @return whether there may be more now
         */
        boolean responseRead();

        void switched(HttpResponse response, Channel upstream);

        /** There is no response, and there will be none. */
        void failed(LocalAnswer instead);

        /** There is the beginning of a response, and there will be no more. */
        void broken(String why, String flag);
    }

    private final Dialled dialled;
    private final WaypointState state;
    private final HttpRequest request;
    private final RouteDecision.Forward forward;
    private final Listener listener;
    private final boolean upgrade;
    private final RequestBody body = new RequestBody();
    private final List<Mirror> mirrors = new ArrayList<>();
    private final Set<Endpoint> tried = new HashSet<>();
    private final boolean fromHttp2;

    private boolean http2;
    private List<Endpoint> endpoints = List.of();
    private @Nullable Attempt attempt;
    private int repetitions;
    private boolean answering;
    private boolean over;

    /** The endpoint could not take the next piece of the request yet. */
    private boolean held;

    private @Nullable ScheduledFuture<?> requestLimit;
    private @Nullable ScheduledFuture<?> tryLimit;
    private @Nullable ScheduledFuture<?> pause;

    /**
     * @param fromHttp2 whether the client speaks HTTP/2
     */
    Forwarding(
            Dialled dialled,
            WaypointState state,
            HttpRequest request,
            RouteDecision.Forward forward,
            boolean fromHttp2,
            Listener listener) {
        this.dialled = dialled;
        this.state = state;
        this.request = request;
        this.forward = forward;
        this.listener = listener;
        this.fromHttp2 = fromHttp2;
        this.upgrade = !fromHttp2 && Outgoing.isUpgrade(request);
    }

    void begin() {
        Destination to = forward.backend().map(this::backend).orElseGet(this::dialledNow);
        endpoints = to.endpoints();
        http2 = !upgrade && speaksHttp2(to.protocol());
        requestLimit = after(forward.timeouts().request(), this::requestTookTooLong);
        for (ServicePort service : forward.mirrors()) {
            Destination mirrored = backend(service);
            Mirror mirror =
                    Mirror.start(
                            dialled.dialler(),
                            mirrored,
                            Outgoing.request(request, forward, false),
                            speaksHttp2(mirrored.protocol()));
            if (mirror != null) {
                mirrors.add(mirror);
            }
        }
        tryOne();
    }

    private Destination dialledNow() {
        Destination service = dialled.service();
        return new Destination(
                service.name(), service.protocol(), service.service(), dialled.endpoints(state));
    }

    private Destination backend(ServicePort service) {
        Destination found = state.destinations().find(service);
        return found != null
                ? found
                : new Destination(
                        service.hostname(),
                        Protocol.HTTP1,
                        java.util.Optional.of(service),
                        List.of());
    }

    private boolean speaksHttp2(Protocol protocol) {
        return switch (protocol) {
            case HTTP2 -> true;
            case DETECT -> fromHttp2;
            case HTTP1, TCP -> false;
        };
    }

    private void tryOne() {
        pause = null;
        if (endpoints.isEmpty()) {
            fail("-", LocalAnswer.of(503, NO_UPSTREAM + ": no healthy endpoint").flagged("UH"));
            return;
        }
        Endpoint endpoint = dialled.dialler().pick(endpoints, tried);
        tried.add(endpoint);
        Attempt next = Attempt.start(dialled.dialler(), endpoint, http2, this, this);
        attempt = next;
        listener.trying(next);
        tryLimit = after(forward.timeouts().backendRequest(), this::tryTookTooLong);
    }

    @Override
    public void reached() {
        Attempt current = Objects.requireNonNull(attempt);
        current.write(Outgoing.request(request, forward, upgrade));
        body.replay(current::write);
        current.read();
        held = false;
        pumpRequest(current);
    }

    @Override
    public void unreachable(DialException why) {
        if (why.worthAnother() && mayRepeat()) {
            // Another endpoint needs no pause.
            boolean fresh = endpoints.stream().anyMatch(e -> !tried.contains(e));
            repeat(fresh);
        } else {
            fail(
                    why.upstream(),
                    LocalAnswer.of(503, NO_UPSTREAM + ": " + why.getMessage()).flagged("UF"));
        }
    }

    private boolean mayRepeat() {
        return !answering && body.isReplayable() && repetitions < forward.retry().attempts();
    }

    private void repeat(boolean atOnce) {
        repetitions++;
        cancel(tryLimit);
        if (attempt != null) {
            attempt.drop();
            attempt = null;
        }
        long millis = forward.retry().backoff().toMillis() << Math.min(repetitions - 1, 10);
        // With jitter, so that those who failed together do not come again together.
        long wait = atOnce ? 0 : dialled.dialler().random().nextLong(millis / 2, millis + 1);
        pause = dialled.dialler().loop().schedule(this::tryOne, wait, TimeUnit.MILLISECONDS);
    }

    /**
     * @param content owned by this
     */
    void requestContent(HttpContent content) {
        Attempt current = attempt;
        boolean ready = current != null && current.isReady();
        body.add(content, !ready);
        mirrors.forEach(mirror -> mirror.content(content));
        if (current == null || !ready) {
            content.release();
            return;
        }
        current.write(content);
        pumpRequest(current);
    }

    private void pumpRequest(Attempt current) {
        if (!body.isComplete()) {
            held = !current.isWritable();
            if (!held) {
                listener.wantsContent();
            }
        }
    }

    @Override
    public void upstreamWritabilityChanged() {
        Attempt current = attempt;
        if (held && current != null && current.isWritable()) {
            held = false;
            listener.wantsContent();
        }
    }

    void readResponse() {
        if (attempt != null) {
            attempt.read();
        }
    }

    @Override
    public void interim(HttpResponse response) {
        listener.interim(response);
    }

    @Override
    public void response(HttpResponse response) {
        if (forward.retry().codes().contains(response.status().code()) && mayRepeat()) {
            repeat(false);
            return;
        }
        answering = true;
        cancel(tryLimit);
        body.discard();
        forward.response().forEach(changes -> changes.apply(response.headers()));
        listener.response(response);
    }

    @Override
    public void responseContent(HttpContent content) {
        listener.responseContent(content);
    }

    @Override
    public void responseRead() {
        if (listener.responseRead()) {
            readResponse();
        }
    }

    @Override
    public void switched(HttpResponse response) {
        Attempt current = Objects.requireNonNull(attempt);
        if (!upgrade) {
            upstreamLost("upstream: changes the protocol", false);
            return;
        }
        Channel upstream = Objects.requireNonNull(current.release());
        attempt = null;
        finish(true);
        forward.response().forEach(changes -> changes.apply(response.headers()));
        listener.switched(response, upstream);
    }

    @Override
    public void upstreamLost(String why, boolean untouched) {
        if (answering) {
            listener.broken(why, "UC");
        } else if (untouched && mayRepeat()) {
            repeat(false);
        } else {
            fail(LocalAnswer.of(503, NO_ANSWER).flagged("UC"));
        }
    }

    private void tryTookTooLong() {
        if (forward.retry().codes().contains(GATEWAY_TIMEOUT) && mayRepeat()) {
            repeat(false);
        } else if (!answering) {
            fail(LocalAnswer.of(GATEWAY_TIMEOUT, TOO_LATE).flagged("UT"));
        }
    }

    private void requestTookTooLong() {
        if (answering) {
            listener.broken(TOO_LATE, "UT");
        } else {
            fail(LocalAnswer.of(GATEWAY_TIMEOUT, TOO_LATE).flagged("UT"));
        }
    }

    private void fail(String upstream, LocalAnswer instead) {
        listener.upstreamNamed(upstream);
        fail(instead);
    }

    private void fail(LocalAnswer instead) {
        finish(false);
        listener.failed(instead);
    }

    /**
     * @param properly whether everything was said
     */
    void finish(boolean properly) {
        if (over) {
            return;
        }
        over = true;
        cancel(requestLimit);
        cancel(tryLimit);
        cancel(pause);
        if (!properly || !body.isComplete()) {
            mirrors.forEach(Mirror::drop);
        }
        body.discard();
        Attempt current = attempt;
        attempt = null;
        if (current != null && properly) {
            current.finish();
        } else if (current != null) {
            current.drop();
        }
    }

    private @Nullable ScheduledFuture<?> after(Duration limit, Runnable action) {
        return limit.isZero()
                ? null
                : dialled.dialler()
                        .loop()
                        .schedule(action, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void cancel(@Nullable ScheduledFuture<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
