package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.ztunnel.sandbox.waypoint.policy.Verdict;
import io.ztunnel.sandbox.waypoint.request.BadRequestException;
import io.ztunnel.sandbox.waypoint.request.RequestHead;
import io.ztunnel.sandbox.waypoint.route.RouteDecision;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * One request and its answer, as the client sees them: decides what becomes of the request, and
 * passes each body on piece by piece, when the other side can take it. Ends with exactly one line
 * in the log.
 */
final class HttpExchange implements Forwarding.Listener {
    private final Dialled dialled;
    private final WaypointState state;
    private final HttpRequest request;
    private final ClientSide client;
    private final ExchangeReport report;

    /** The way to an endpoint; nothing while the waypoint answers itself. */
    private @Nullable Forwarding forwarding;

    private boolean over;
    private boolean requestDone;
    private boolean keepAlive;
    private long received;

    HttpExchange(Dialled dialled, HttpRequest request, ClientSide client) {
        this.dialled = dialled;
        this.state = dialled.state();
        this.request = request;
        this.client = client;
        this.report = new ExchangeReport(dialled, request);
        this.keepAlive = HttpUtil.isKeepAlive(request);
    }

    void begin() {
        if (request.method().equals(HttpMethod.CONNECT)) {
            answer(LocalAnswer.of(405, "no tunnels in here"));
            return;
        }
        RequestHead head;
        try {
            head = RequestHead.of(request);
        } catch (BadRequestException e) {
            answer(LocalAnswer.of(400, String.valueOf(e.getMessage())).flagged("DPE"));
            return;
        }
        switch (dialled.check(state, Optional.of(head))) {
            case Verdict.Denied denied -> {
                report.denied(denied.reason());
                answer(LocalAnswer.of(403, "RBAC: access denied").quiet());
            }
            case Verdict.Allowed() -> route(head);
        }
    }

    private void route(RequestHead head) {
        RouteDecision decision =
                RouteDecision.of(
                        state.routes(),
                        dialled.service().service(),
                        head,
                        dialled.dialler().random());
        switch (decision) {
            case RouteDecision.Respond respond -> {
                report.routed(respond.route(), Optional.empty());
                answer(LocalAnswer.of(respond));
            }
            case RouteDecision.Forward forward -> {
                report.routed(forward.route(), forward.backend());
                Forwarding next =
                        new Forwarding(dialled, state, request, forward, client.http2(), this);
                forwarding = next;
                next.begin();
            }
        }
    }

    boolean wantsRequest() {
        return !requestDone;
    }

    /**
     * @param content owned by the exchange
     */
    void requestContent(HttpContent content) {
        requestDone = content instanceof LastHttpContent;
        received += content.content().readableBytes();
        Forwarding to = forwarding;
        if (to != null) {
            to.requestContent(content);
            return;
        }
        content.release();
        if (requestDone) {
            end("");
        } else {
            client.read();
        }
    }

    @Override
    public void wantsContent() {
        if (!requestDone) {
            client.read();
        }
    }

    @Override
    public void trying(Attempt attempt) {
        report.tried(attempt.upstream(), attempt.endpoint());
    }

    @Override
    public void interim(HttpResponse response) {
        Outgoing.withoutHops(response.headers());
        response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
        client.interim(response.status(), response.headers());
    }

    @Override
    public void response(HttpResponse response) {
        report.status(response.status().code(), response.headers());
        Outgoing.withoutHops(response.headers());
        keepAlive = client.frame(response, keepAlive);
        client.channel().write(response);
    }

    @Override
    public void responseContent(HttpContent content) {
        report.sent(content.content().readableBytes());
        boolean last = content instanceof LastHttpContent;
        if (content instanceof LastHttpContent end) {
            report.trailers(end.trailingHeaders());
        }
        client.channel().write(content);
        if (last) {
            // An upstream that did not wait for all of the request shall get no more of it.
            keepAlive &= requestDone;
            end("");
        }
    }

    @Override
    public boolean responseRead() {
        client.channel().flush();
        return client.channel().isWritable();
    }

    void clientWritabilityChanged() {
        if (forwarding != null && client.channel().isWritable()) {
            forwarding.readResponse();
        }
    }

    @Override
    public void switched(HttpResponse response, Channel upstream) {
        report.status(response.status().code(), response.headers());
        over = true;
        forwarding = null;
        Upgrade.join(
                client.channel(),
                upstream,
                response,
                (fromClient, fromUpstream, cut) -> {
                    report.sent((int) Math.min(fromUpstream, Integer.MAX_VALUE));
                    report.finish(state, fromClient, cut ? "cut" : "");
                });
    }

    @Override
    public void failed(LocalAnswer instead) {
        forwarding = null;
        answer(instead);
    }

    /** The response has begun and cannot come to its end. */
    @Override
    public void broken(String why, String flag) {
        report.flag(flag);
        over(why);
        client.abort();
    }

    @Override
    public void upstreamNamed(String upstream) {
        report.upstream(upstream);
    }

    void malformed() {
        requestDone = true;
        keepAlive = false;
        stopForwarding();
        if (report.status() == 0) {
            answer(LocalAnswer.of(400, "malformed request").flagged("DPE"));
        } else {
            over("malformed request");
            client.abort();
        }
    }

    void clientLost(String why) {
        if (!over) {
            report.flag("DC");
        }
        stopForwarding();
        over(why);
    }

    private void answer(LocalAnswer answer) {
        HttpResponse response =
                answer.response(
                        client.channel().alloc(),
                        report.isGrpc(),
                        request.method().equals(HttpMethod.HEAD));
        report.status(response.status().code(), response.headers());
        report.sent(((HttpContent) response).content().readableBytes());
        report.flag(answer.flag());
        report.remark(answer.remark());
        keepAlive &= requestDone || hasNoBody();
        keepAlive = client.frame(response, keepAlive);
        client.channel().writeAndFlush(response);
        if (requestDone || !keepAlive) {
            end("");
        } else {
            client.read();
        }
    }

    private boolean hasNoBody() {
        return !HttpUtil.isTransferEncodingChunked(request)
                && HttpUtil.getContentLength(request, 0L) == 0;
    }

    private void end(String why) {
        if (over) {
            return;
        }
        boolean again = keepAlive;
        client.channel().flush();
        over(why);
        client.done(again);
    }

    private void over(String why) {
        if (over) {
            return;
        }
        over = true;
        report.finish(state, received, why);
        Forwarding current = forwarding;
        forwarding = null;
        if (current != null) {
            current.finish(requestDone && why.isEmpty());
        }
    }

    private void stopForwarding() {
        Forwarding current = forwarding;
        forwarding = null;
        if (current != null) {
            current.finish(false);
        }
    }
}
