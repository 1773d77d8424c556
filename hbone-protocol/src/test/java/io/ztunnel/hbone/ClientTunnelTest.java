package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@ExtendWith(LeakFree.class)
class ClientTunnelTest {
    private static final ConnectRequest REQUEST =
            new ConnectRequest("10.0.0.1:80", List.of(), null, null, null);
    private static final HboneSettings SETTINGS =
            new HboneSettings(
                    4 << 20,
                    16 << 20,
                    1 << 20,
                    200,
                    3,
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20));

    private final EventLog log = new EventLog();
    private final ClientTunnel tunnel =
            new ClientTunnel(SETTINGS, List.of("spiffe://td/ns/a/sa/b"));
    private final ScriptedPeer peer = ScriptedPeer.ofClient(tunnel);

    @AfterEach
    void end() {
        peer.close();
    }

    private HboneStream open(int id) {
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.status(id, 200, false);
        peer.received();
        assertThat(future.isSuccess()).isTrue();
        return future.getNow();
    }

    private void start() {
        peer.settings();
        peer.received();
    }

    private static HboneException failure(Future<?> future) {
        assertThat(future.isDone()).isTrue();
        return (HboneException) future.cause();
    }

    @Test
    void announcesWhatTheReferenceAnnounces() {
        assertThat(peer.received())
                .containsExactly(
                        "SETTINGS {\u0002=0, \u0004=124928, \u0005=1048576, \u0006=16384}",
                        "WINDOW 0 +" + ((16 << 20) - 65535));
    }

    @Test
    void sendsConnectsWithoutWaitingForSettings() {
        peer.received();
        Future<HboneStream> future =
                tunnel.connect(
                        new ConnectRequest(
                                "a.b.svc:80",
                                List.of("k=v"),
                                "for=\"1.2.3.4:5\"",
                                "00-1-2-00",
                                "n"),
                        log);
        assertThat(peer.received())
                .containsExactly(
                        "HEADERS 1 :method=CONNECT :authority=a.b.svc:80 baggage=k=v"
                                + " forwarded=for=\"1.2.3.4:5\" traceparent=00-1-2-00"
                                + " x-forwarded-network=n");
        assertThat(future.isDone()).isFalse();
        peer.settings()
                .headers(1, new DefaultHttp2Headers().status("200").add("baggage", "x=y"), false);
        assertThat(future.getNow().responseBaggage()).containsExactly("x=y");
    }

    @Test
    void otherStatusesFailTheConnect() {
        start();
        Future<HboneStream> refused = tunnel.connect(REQUEST, log);
        peer.received();
        peer.status(1, 401, true).reset(1, Http2Error.NO_ERROR);
        assertThat(failure(refused).code()).isEqualTo(HboneException.Code.STATUS);
        assertThat(failure(refused).status()).isEqualTo(401);
        assertThat(peer.received()).containsExactly("RST 1 CANCEL");
        assertThat(tunnel.streams()).isZero();
        assertThat(tunnel.isUsable()).isTrue();
        assertThat(log.events).isEmpty();
    }

    @Test
    void interimAnswersArePassedOver() {
        start();
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.status(1, 103, false);
        assertThat(future.isDone()).isFalse();
        peer.status(1, 200, false);
        assertThat(future.isSuccess()).isTrue();
    }

    @Test
    void nonsenseInsteadOfAnAnswerResetsTheStreamOnly() {
        start();
        Future<HboneStream> data = tunnel.connect(REQUEST, log);
        Future<HboneStream> status = tunnel.connect(REQUEST, log);
        peer.received();
        peer.data(1, "x", false).headers(3, new DefaultHttp2Headers().status("2x0"), false);
        assertThat(peer.received()).containsExactly("RST 1 PROTOCOL_ERROR", "RST 3 PROTOCOL_ERROR");
        assertThat(failure(data).code()).isEqualTo(HboneException.Code.RESET);
        assertThat(failure(status).code()).isEqualTo(HboneException.Code.RESET);
        assertThat(tunnel.isUsable()).isTrue();
    }

    @Test
    void aResetFailsTheConnectWithItsCode() {
        start();
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.reset(1, Http2Error.REFUSED_STREAM);
        assertThat(failure(future).code()).isEqualTo(HboneException.Code.RESET);
        assertThat(failure(future).errorCode()).isEqualTo(Http2Error.REFUSED_STREAM.code());
    }

    @Test
    void anAnswerThatDoesNotComeIsNotWaitedForForever() {
        start();
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.received();
        peer.passTime(5);
        assertThat(failure(future).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(peer.received()).containsExactly("RST 1 CANCEL");
    }

    @Test
    void aCancelledConnectResetsItsStream() {
        start();
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.received();
        future.cancel(false);
        assertThat(peer.received()).containsExactly("RST 1 CANCEL");
        assertThat(tunnel.streams()).isZero();
    }

    @Test
    void streamsBeyondThePeersLimitWaitTheirTurn() {
        peer.settings(new Http2Settings().maxConcurrentStreams(1));
        peer.received();
        Future<HboneStream> first = tunnel.connect(REQUEST, log);
        Future<HboneStream> second = tunnel.connect(REQUEST, log);
        Future<HboneStream> third = tunnel.connect(REQUEST, log);
        assertThat(tunnel.maxStreams()).isEqualTo(1);
        assertThat(tunnel.streams()).isEqualTo(3);
        assertThat(peer.received()).hasSize(1);
        peer.status(1, 200, false);
        second.cancel(false);
        first.getNow().reset(Http2Error.CANCEL.code());
        assertThat(peer.received())
                .containsExactly(
                        "RST 1 CANCEL", "HEADERS 3 :method=CONNECT :authority=10.0.0.1:80");
        peer.status(3, 200, false);
        assertThat(third.isSuccess()).isTrue();
    }

    @Test
    void onlySoManyStreamsMayWait() {
        peer.settings(new Http2Settings().maxConcurrentStreams(0));
        for (int i = 0; i < 3; i++) {
            assertThat(tunnel.connect(REQUEST, log).isDone()).isFalse();
        }
        assertThat(failure(tunnel.connect(REQUEST, log)).code())
                .isEqualTo(HboneException.Code.HTTP2);
    }

    @Test
    void aWaitingStreamHasThePeersLatestWindow() {
        peer.settings(new Http2Settings().maxConcurrentStreams(0));
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.settings(new Http2Settings().maxConcurrentStreams(1).initialWindowSize(3));
        peer.status(1, 200, false);
        peer.received();
        future.getNow().write(EventLog.text("hello"));
        future.getNow().flush();
        assertThat(peer.received()).containsExactly("DATA 1 hel");
    }

    @Test
    void headersThatThePeerWouldNotTakeAreNotSent() {
        peer.settings(new Http2Settings().maxHeaderListSize(100));
        peer.received();
        Future<HboneStream> future =
                tunnel.connect(
                        new ConnectRequest("a:1", List.of("x".repeat(100)), null, null, null), log);
        assertThat(failure(future).getMessage()).contains("100");
        assertThat(peer.received()).isEmpty();
    }

    @Test
    void aValueThatIsNoHeadersFailsOnlyItsConnect() {
        start();
        Future<HboneStream> future =
                tunnel.connect(
                        new ConnectRequest("a:1", List.of("x\r\ny: z"), null, null, null), log);
        assertThat(failure(future).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(peer.received()).isEmpty();
        assertThat(tunnel.isUsable()).isTrue();
    }

    @Test
    void bytesAndEndsTravelBothWays() {
        start();
        HboneStream stream = open(1);
        stream.write(EventLog.text("ping"));
        stream.flush();
        assertThat(peer.received()).containsExactly("DATA 1 ping");
        peer.data(1, "pong", true);
        stream.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
        assertThat(log.events).containsExactly("pong", "end", "|", "closed");
    }

    @Test
    void anAnswerThatEndsAtOnceIsAnOpenStreamWithNothingToRead() {
        start();
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.status(1, 200, true);
        assertThat(future.isSuccess()).isTrue();
        assertThat(log.events).containsExactly("end");
        future.getNow().finish();
        peer.received();
        assertThat(log.events).containsExactly("end", "closed");
    }

    @Test
    void goAwayEndsWhatThePeerDidNotTakeAndLetsTheRestGoOn() {
        start();
        List<String> calls = new ArrayList<>();
        tunnel.onUnusable(() -> calls.add("unusable"));
        tunnel.onStreamEnd(() -> calls.add("end"));
        HboneStream served = open(1);
        Future<HboneStream> unserved = tunnel.connect(REQUEST, log);
        peer.received();
        peer.goAway(1, Http2Error.NO_ERROR);
        assertThat(failure(unserved).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(tunnel.isUsable()).isFalse();
        assertThat(calls).containsExactly("unusable", "end");
        assertThat(failure(tunnel.connect(REQUEST, log)).code())
                .isEqualTo(HboneException.Code.DRAINING);
        peer.data(1, "still", true);
        served.finish();
        peer.received();
        assertThat(log.events).containsExactly("still", "end", "|", "closed");
        assertThat(peer.isOpen()).as("closes with the last stream").isFalse();
    }

    @Test
    void goAwayOpensNobodyInThePlaceOfThoseItEnds() {
        start();
        peer.settings(new Http2Settings().maxConcurrentStreams(1)).received();
        Future<HboneStream> unserved = tunnel.connect(REQUEST, log);
        Future<HboneStream> waiting = tunnel.connect(REQUEST, log);
        peer.received();
        peer.goAway(0, Http2Error.NO_ERROR);
        assertThat(failure(unserved).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(failure(waiting).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(peer.received()).noneMatch(frame -> frame.startsWith("HEADERS"));
    }

    @Test
    void drainWaitsForTheLastStream() {
        start();
        HboneStream stream = open(1);
        tunnel.drain();
        tunnel.drain();
        assertThat(peer.received()).containsExactly("GOAWAY 0 NO_ERROR");
        assertThat(tunnel.isUsable()).isFalse();
        assertThat(peer.isOpen()).isTrue();
        stream.reset(Http2Error.CANCEL.code());
        assertThat(peer.isOpen()).isFalse();
        assertThat(peer.received()).containsExactly("RST 1 CANCEL");
    }

    @Test
    void theLossOfTheTunnelFailsWhatIsOpening() {
        start();
        List<String> calls = new ArrayList<>();
        tunnel.onUnusable(() -> calls.add("unusable"));
        Future<HboneStream> future = tunnel.connect(REQUEST, log);
        peer.channel().close();
        assertThat(failure(future).code()).isEqualTo(HboneException.Code.HTTP2);
        assertThat(calls).containsExactly("unusable");
        tunnel.onUnusable(() -> calls.add("late"));
        assertThat(calls).containsExactly("unusable", "late");
    }

    @Test
    void silenceClosesTheTunnelWithoutAWord() {
        start();
        open(1);
        peer.passTime(10);
        assertThat(peer.received()).hasSize(1).first().asString().startsWith("PING");
        peer.passTime(20);
        assertThat(peer.received()).isEmpty();
        assertThat(peer.isOpen()).isFalse();
        assertThat(log.events).containsExactly("end", "closed HTTP2");
    }

    @Test
    void aTunnelWhoseNumbersAreUsedUpTakesNoMoreAndEndsWithItsStreams() {
        ClientTunnel old =
                new ClientTunnel(
                        SETTINGS,
                        new VerifiedPeer(List.of("spiffe://a"), List.of()),
                        ByteBudget.unlimited(),
                        Integer.MAX_VALUE - 2);
        try (ScriptedPeer server = ScriptedPeer.ofClient(old)) {
            server.settings(new Http2Settings().maxConcurrentStreams(1)).received();
            Future<HboneStream> next = old.connect(REQUEST, log);
            Future<HboneStream> last = old.connect(REQUEST, log);
            Future<HboneStream> beyond = old.connect(REQUEST, log);
            server.received();
            next.cancel(false);
            assertThat(server.received())
                    .last()
                    .asString()
                    .startsWith("HEADERS " + Integer.MAX_VALUE);
            assertThat(failure(beyond).code()).isEqualTo(HboneException.Code.DRAINING);
            assertThat(old.isUsable()).isFalse();
            server.status(Integer.MAX_VALUE, 200, false);
            assertThat(last.isSuccess()).isTrue();
            last.getNow().reset(Http2Error.CANCEL.code());
            assertThat(server.received()).containsExactly("RST " + Integer.MAX_VALUE + " CANCEL");
        }
    }

    @Test
    void trailersAreTheEnd() {
        start();
        HboneStream stream = open(1);
        peer.headers(1, new DefaultHttp2Headers().add("x", "y"), true);
        assertThat(log.events).containsExactly("end");
        stream.reset(Http2Error.CANCEL.code());
    }

    @Test
    void pushesAreRefused() {
        start();
        open(1);
        peer.raw(
                io.netty.buffer.Unpooled.buffer()
                        .writeMedium(4)
                        .writeByte(5)
                        .writeByte(4)
                        .writeInt(1)
                        .writeInt(2));
        assertThat(peer.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    }
}
