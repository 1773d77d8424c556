package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

@ExtendWith(LeakFree.class)
class ServerTunnelTest implements ConnectHandler {
    private static final String CLIENT = "spiffe://td/ns/a/sa/b";

    private final List<InboundStream> streams = new ArrayList<>();
    private final List<String> bad = new ArrayList<>();
    private static final int WINDOW = HboneSettings.DEFAULTS.firstStreamWindow();

    private final EventLog log = new EventLog();
    private final ServerTunnel tunnel =
            new ServerTunnel(HboneSettings.DEFAULTS, List.of(CLIENT), this);
    private ScriptedPeer peer = ScriptedPeer.ofServer(tunnel);

    @AfterEach
    void end() {
        peer.close();
        streams.forEach(stream -> stream.reset(0));
    }

    @Override
    public void onBadRequest(InboundTunnel on, String why) {
        bad.add(why);
    }

    @Override
    public void onConnect(InboundStream stream) {
        streams.add(stream);
    }

    /** A stream that is open in both directions and whose events are in the log. */
    private InboundStream open(int id) {
        peer.connect(id, "10.0.0.1:80");
        InboundStream stream = streams.get(streams.size() - 1);
        stream.setHandler(log);
        stream.accept(null);
        peer.received();
        return stream;
    }

    private void start() {
        peer.settings();
        peer.received();
    }

    @Test
    void announcesWhatTheReferenceAnnounces() {
        assertThat(peer.received())
                .containsExactly(
                        "SETTINGS {\u0003=200, \u0004=124928, \u0005=1048576, \u0006=65536}",
                        "WINDOW 0 +" + ((16 << 20) - 65535));
        peer.settings();
        assertThat(peer.received()).containsExactly("SETTINGS ACK");
    }

    @Test
    void acceptedConnectCarriesBaggageAndNothingElse() {
        start();
        Http2Headers headers =
                new DefaultHttp2Headers()
                        .method("CONNECT")
                        .authority("[fd00::1]:80")
                        .add("baggage", "a=1")
                        .add("baggage", "b=2")
                        .add("forwarded", "for=\"1.2.3.4:5\"")
                        .add("traceparent", "00-0-0-00")
                        .add("x-forwarded-network", "n");
        peer.headers(1, headers, false);
        assertThat(streams.get(0).request())
                .isEqualTo(
                        new ConnectRequest(
                                "[fd00::1]:80",
                                List.of("a=1", "b=2"),
                                "for=\"1.2.3.4:5\"",
                                "00-0-0-00",
                                "n"));
        streams.get(0).accept("k=v");
        assertThat(peer.received()).containsExactly("HEADERS 1 :status=200 baggage=k=v");
    }

    @Test
    void refusalEndsTheStreamAndAsksAnOpenClientToStop() {
        start();
        peer.connect(1, "a:1").headers(3, request("a:1"), true);
        streams.get(0).refuse(401);
        streams.get(1).refuse(503);
        assertThat(peer.received())
                .containsExactly(
                        "HEADERS 1 :status=401 END", "RST 1 NO_ERROR", "HEADERS 3 :status=503 END");
    }

    @Test
    void otherMethodsAreAnsweredWith400() {
        start();
        peer.headers(
                1,
                new DefaultHttp2Headers().method("GET").scheme("http").path("/").authority("a"),
                true);
        assertThat(peer.received()).containsExactly("HEADERS 1 :status=400 END");
        assertThat(bad).hasSize(1);
        assertThat(streams).isEmpty();
    }

    private static Http2Headers request(String authority) {
        return new DefaultHttp2Headers(false).method("CONNECT").authority(authority);
    }

    @Test
    void malformedConnectsAreResetAndDoNotDisturbOthers() {
        start();
        InboundStream good = open(1);
        Http2Headers extended = request("a:1").add(":protocol", "websocket");
        List<Http2Headers> malformed =
                List.of(
                        request("a:1").scheme("http"),
                        request("a:1").path("/"),
                        extended,
                        new DefaultHttp2Headers().method("CONNECT"),
                        request(""),
                        request("a b:1"),
                        request("a:1").add(":authority", "b:1"),
                        request("a:1").add("connection", "close"));
        for (int i = 0; i < malformed.size(); i++) {
            int id = 3 + 2 * i;
            peer.headers(id, malformed.get(i), false);
            assertThat(peer.received())
                    .as("%s", malformed.get(i))
                    .containsExactly("RST " + id + " PROTOCOL_ERROR");
        }
        assertThat(streams).hasSize(1);
        peer.data(1, "on", false);
        assertThat(log.events).containsExactly("on", "|");
        good.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
    }

    @Test
    void theStreamAfterTheLastAllowedOneIsRefused() {
        start();
        for (int i = 0; i < 201; i++) {
            peer.connect(1 + 2 * i, "a:1");
        }
        assertThat(streams).hasSize(200);
        assertThat(peer.received()).containsExactly("RST 401 REFUSED_STREAM");
        streams.get(0).refuse(503);
        peer.connect(403, "a:1");
        assertThat(streams).hasSize(201);
    }

    @Test
    void aHeaderListBeyondTheLimitCostsOnlyItsStream() {
        start();
        InboundStream good = open(1);
        Http2Headers bomb = request("a:1");
        // One entry of the dynamic table, named a thousand times.
        for (int i = 0; i < 1_000; i++) {
            bomb.add("x", "0123456789".repeat(10));
        }
        peer.headers(3, bomb, false);
        assertThat(peer.received()).containsExactly("RST 3 PROTOCOL_ERROR");
        good.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
    }

    @Test
    void aHeaderBlockThatNeverEndsClosesTheTunnel() {
        start();
        peer.raw(
                Unpooled.buffer()
                        .writeMedium(1)
                        .writeByte(1)
                        .writeByte(0)
                        .writeInt(1)
                        .writeByte(0x82));
        for (int i = 0; i < 20 && peer.isOpen(); i++) {
            peer.raw(Unpooled.buffer().writeMedium(0).writeByte(9).writeByte(0).writeInt(1));
        }
        assertThat(peer.received()).containsExactly("GOAWAY 0 ENHANCE_YOUR_CALM");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void rapidResetsCloseTheTunnel() {
        start();
        int id = 1;
        for (int i = 0; i < 500; i++, id += 2) {
            peer.connect(id, "a:1").reset(id, Http2Error.CANCEL);
        }
        assertThat(peer.isOpen()).isTrue();
        peer.passTime(10);
        peer.received();
        for (int i = 0; i < 501 && peer.isOpen(); i++, id += 2) {
            peer.connect(id, "a:1").reset(id, Http2Error.CANCEL);
        }
        assertThat(peer.received()).last().asString().endsWith("ENHANCE_YOUR_CALM");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void resetsOfAnsweredStreamsAreNoAttack() {
        start();
        for (int id = 1; id < 1_300; id += 2) {
            open(id);
            peer.reset(id, Http2Error.CANCEL);
        }
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void emptyDataWithoutEndIsBounded() {
        start();
        open(1);
        for (int i = 0; i < 101 && peer.isOpen(); i++) {
            peer.data(1, "", false);
        }
        assertThat(peer.received()).containsExactly("GOAWAY 1 ENHANCE_YOUR_CALM");
    }

    @Test
    void dataThatIsAllPaddingIsBoundedLikeEmptyData() {
        start();
        open(1);
        for (int i = 0; i < 101 && peer.isOpen(); i++) {
            peer.data(1, new byte[0], 1, false);
        }
        assertThat(peer.received()).last().isEqualTo("GOAWAY 1 ENHANCE_YOUR_CALM");
    }

    @Test
    void answersThatAreNeverReadAreBounded() {
        start();
        peer.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int i = 0; i < 1_001 && peer.isOpen(); i++) {
            peer.ping(false, i);
        }
        assertThat(peer.isOpen()).isFalse();
        assertThat(peer.received()).last().isEqualTo("GOAWAY 0 ENHANCE_YOUR_CALM");
    }

    @Test
    void pingsAreAnswered() {
        start();
        peer.ping(false, 42);
        assertThat(peer.received()).containsExactly("PONG 42");
    }

    // ---- ends and resets

    @Test
    void theClientMayEndFirst() {
        start();
        InboundStream stream = open(1);
        peer.data(1, "question", true);
        assertThat(log.events).containsExactly("question", "end", "|");
        stream.write(EventLog.text("answer"));
        stream.finish();
        assertThat(peer.received()).containsExactly("DATA 1 answer END");
        assertThat(log.events).last().isEqualTo("closed");
    }

    @Test
    void theServerMayEndFirst() {
        start();
        InboundStream stream = open(1);
        stream.finish();
        stream.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
        peer.data(1, "more", false).data(1, "", true);
        assertThat(log.events).containsExactly("more", "|", "end", "closed");
        stream.write(EventLog.text("late"));
        assertThat(peer.received()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        // code,            own end sent, events
        "NO_ERROR,          false,        end;closed RESET 0",
        "CANCEL,            false,        end;closed RESET 8",
        "STREAM_CLOSED,     false,        end;closed RESET 5",
        "INTERNAL_ERROR,    false,        closed RESET 2",
        "REFUSED_STREAM,    false,        closed RESET 7",
        "NO_ERROR,          true,         end;closed",
        "CANCEL,            true,         end;closed",
        "STREAM_CLOSED,     true,         end;closed",
        "INTERNAL_ERROR,    true,         closed RESET 2",
    })
    void resetsMapToTheEndOfDataAndAnOutcome(Http2Error code, boolean finished, String events) {
        start();
        InboundStream stream = open(1);
        if (finished) {
            stream.finish();
            peer.received();
        }
        peer.reset(1, code);
        assertThat(String.join(";", log.events)).isEqualTo(events);
    }

    @Test
    void aResetAfterTheClientsEndCutsTheAnswer() {
        start();
        open(1);
        peer.data(1, "", true).reset(1, Http2Error.CANCEL);
        assertThat(log.events).containsExactly("end", "closed RESET 8");
    }

    @Test
    void theOwnResetIsSilentAndFinal() {
        start();
        InboundStream stream = open(1);
        stream.write(EventLog.text("never sent"));
        stream.reset(Http2Error.CANCEL.code());
        stream.reset(Http2Error.CANCEL.code());
        peer.data(1, "late", true);
        assertThat(peer.received()).containsExactly("RST 1 CANCEL");
        assertThat(log.events).isEmpty();
    }

    @Test
    void cancelAfterTheOwnEndIsNoError() {
        start();
        InboundStream stream = open(1);
        stream.finish();
        peer.received();
        stream.reset(Http2Error.CANCEL.code());
        assertThat(peer.received()).containsExactly("RST 1 NO_ERROR");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLossOfTheTunnelIsTheEndOfDataAndAFailureUnlessAllWasSent(boolean finished) {
        start();
        InboundStream stream = open(1);
        if (finished) {
            stream.finish();
            peer.received();
        }
        peer.channel().close();
        assertThat(log.events).containsExactly("end", finished ? "closed" : "closed HTTP2");
    }

    @Test
    void eventsBeforeTheHandlerAreDeliveredInOrder() {
        start();
        peer.connect(1, "a:1").data(1, "early", false).data(1, " bird", true);
        streams.get(0).accept(null);
        streams.get(0).setHandler(log);
        assertThat(log.events).containsExactly("early bird", "end", "|");
    }

    @Test
    void aStreamThatIsGoneBeforeItsAnswerSaysSo() {
        start();
        peer.connect(1, "a:1").data(1, "x", false).reset(1, Http2Error.CANCEL);
        streams.get(0).accept(null);
        streams.get(0).setHandler(log);
        assertThat(log.events).containsExactly("x", "end", "closed RESET 8");
        assertThat(peer.received()).isEmpty();
    }

    // ---- flow control

    @Test
    void creditComesBackForTheConnectionOnArrivalAndForTheStreamWhenConsumed() {
        start();
        InboundStream stream = open(1);
        byte[] window = new byte[WINDOW];
        peer.largeFrames().data(1, window, 0, false);
        assertThat(peer.received()).isEmpty();
        stream.returnCredit(WINDOW / 2 - 1);
        assertThat(peer.received()).isEmpty();
        stream.returnCredit(1);
        assertThat(peer.received())
                .as("half, and as much as it was since it was needed")
                .containsExactly("WINDOW 1 +" + (WINDOW / 2 + WINDOW));
        int arrived = WINDOW;
        for (int id = 3; arrived + WINDOW < 8 << 20; id += 2) {
            open(id);
            peer.data(id, window, 0, false);
            assertThat(peer.received()).isEmpty();
            arrived += WINDOW;
        }
        open(301);
        peer.data(301, window, 0, false);
        assertThat(peer.received())
                .as("half of 16 MiB")
                .containsExactly("WINDOW 0 +" + (arrived + WINDOW));
    }

    @Test
    void paddingIsCreditedAtOnce() {
        start();
        open(1);
        byte[] one = new byte[1];
        int frames = WINDOW / 2 / 255 + 1;
        for (int i = 0; i < frames; i++) {
            peer.data(1, one, 255, false);
        }
        assertThat(peer.received()).containsExactly("WINDOW 1 +" + (frames * 255 + WINDOW));
    }

    @Test
    void aStreamThatOverrunsItsWindowIsResetAlone() {
        start();
        open(1);
        peer.largeFrames().data(1, new byte[WINDOW], 0, false).data(1, "x", false);
        assertThat(peer.received()).containsExactly("RST 1 FLOW_CONTROL_ERROR");
        assertThat(log.events).last().isEqualTo("closed RESET 3");
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void windowOverflowsHaveTheirScope() {
        start();
        open(1);
        peer.window(1, Integer.MAX_VALUE);
        assertThat(peer.received()).containsExactly("RST 1 FLOW_CONTROL_ERROR");
        open(3);
        peer.window(3, 0);
        assertThat(peer.received()).containsExactly("RST 3 PROTOCOL_ERROR");
        peer.window(0, Integer.MAX_VALUE);
        assertThat(peer.received()).containsExactly("GOAWAY 3 FLOW_CONTROL_ERROR");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void withoutCreditNothingIsSentAndTheWriterIsTold() {
        peer.settings(new Http2Settings().initialWindowSize(0));
        peer.received();
        InboundStream stream = open(1);
        assertThat(stream.isWritable()).isFalse();
        stream.write(EventLog.text("waiting"));
        stream.finish();
        assertThat(peer.received()).isEmpty();
        peer.window(1, 4);
        assertThat(peer.received()).containsExactly("DATA 1 wait");
        peer.window(1, 100);
        assertThat(peer.received()).containsExactly("DATA 1 ing END");
    }

    @Test
    void theWriterIsCalledBackWhenCreditComes() {
        peer.settings(new Http2Settings().initialWindowSize(0));
        peer.received();
        InboundStream stream = open(1);
        assertThat(stream.isWritable()).isFalse();
        peer.window(1, 1);
        assertThat(log.events).containsExactly("writable");
        assertThat(stream.isWritable()).isTrue();
    }

    @Test
    void aLoweredInitialWindowMayMakeWindowsNegative() {
        peer.settings(new Http2Settings().initialWindowSize(10));
        peer.received();
        InboundStream stream = open(1);
        stream.write(EventLog.text("0123456789abcdef"));
        stream.flush();
        assertThat(peer.received()).containsExactly("DATA 1 0123456789");
        peer.settings(new Http2Settings().initialWindowSize(4)).window(1, 6);
        assertThat(peer.received()).as("still at 0").containsExactly("SETTINGS ACK");
        peer.settings(new Http2Settings().initialWindowSize(7));
        assertThat(peer.received()).containsExactlyInAnyOrder("SETTINGS ACK", "DATA 1 abc");
    }

    @Test
    void aStreamEndsOnceThoughItsWindowIsNegative() {
        peer.settings(new Http2Settings().initialWindowSize(10));
        peer.received();
        InboundStream stream = open(1);
        stream.write(EventLog.text("0123456789"));
        stream.flush();
        assertThat(peer.received()).containsExactly("DATA 1 0123456789");
        peer.settings(new Http2Settings().initialWindowSize(0));
        peer.received();
        stream.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
    }

    @Test
    void theConnectionsWindowIsSharedInTurns() {
        peer.settings(new Http2Settings().initialWindowSize(1 << 20).maxFrameSize(1 << 20));
        peer.received();
        InboundStream first = open(1);
        InboundStream second = open(3);
        first.write(EventLog.zeros(100_000));
        second.write(EventLog.zeros(100_000));
        first.flush();
        second.flush();
        assertThat(peer.received())
                .containsExactly("DATA 1 65527 bytes", "DATA 3 " + "\0".repeat(8));
        peer.window(0, 1 << 20);
        assertThat(peer.received())
                .as("a long turn is for who is alone")
                .containsExactly("DATA 1 34473 bytes", "DATA 3 99992 bytes");
    }

    @Test
    void framesKeepToThePeersSize() {
        start();
        InboundStream stream = open(1);
        stream.write(EventLog.zeros(40_000));
        stream.flush();
        assertThat(peer.received())
                .containsExactly("DATA 1 16384 bytes", "DATA 1 16384 bytes", "DATA 1 7232 bytes");
    }

    @Test
    void aBufferOfTheirOwnWithHeadroomGoesOutAsItIs() {
        peer.settings(new Http2Settings().maxFrameSize(1 << 20));
        peer.received();
        InboundStream stream = open(1);
        // Unpooled heap buffers are not wrapped by the leak detector.
        ByteBuf own = Unpooled.buffer(9 + 5_000).writerIndex(9 + 5_000).readerIndex(9);
        stream.write(own);
        stream.flush();
        peer.channel().runPendingTasks();
        assertThat(peer.channel().outboundMessages()).hasSize(1).first().isSameAs(own);
        assertThat(peer.received()).containsExactly("DATA 1 5000 bytes");
    }

    @Test
    void memoryThatSomebodyElseHoldsIsNotOverwritten() {
        peer.settings(new Http2Settings().maxFrameSize(1 << 20));
        peer.received();
        InboundStream stream = open(1);
        ByteBuf whole = Unpooled.buffer(5_020).writeZero(5_020);
        whole.setByte(3, 'x');
        ByteBuf held = whole.readRetainedSlice(20);
        stream.write(whole);
        stream.flush();
        assertThat(peer.received()).containsExactly("DATA 1 5000 bytes");
        assertThat(held.getByte(3)).isEqualTo((byte) 'x');
        assertThat(held.getByte(11)).isZero();
        held.release();
    }

    @Test
    void bytesForAChannelThatIsFullWait() {
        peer.settings(new Http2Settings().initialWindowSize(1 << 20));
        peer.received();
        InboundStream stream = open(1);
        peer.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        assertThat(stream.isWritable()).isFalse();
        stream.write(EventLog.text("later"));
        stream.flush();
        assertThat(peer.received()).isEmpty();
        peer.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        assertThat(peer.received()).containsExactly("DATA 1 later");
        assertThat(log.events).containsExactly("writable");
    }

    // ---- errors of the connection

    @Test
    void somethingElseThanHttp2IsClosed() {
        peer.close();
        peer = ScriptedPeer.silent(new ServerTunnel(HboneSettings.DEFAULTS, List.of(CLIENT), this));
        peer.received();
        peer.raw(EventLog.text("GET / HTTP/1.1\r\n\r\n"));
        assertThat(peer.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void aPeerThatSaysNothingIsClosedAfterTheHandshakeTimeout() {
        peer.close();
        peer = ScriptedPeer.silent(new ServerTunnel(HboneSettings.DEFAULTS, List.of(CLIENT), this));
        peer.passTime(9);
        assertThat(peer.isOpen()).isTrue();
        peer.passTime(21);
        assertThat(peer.isOpen()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(IdleFrame.class)
    void framesOnIdleStreamsCloseTheTunnel(IdleFrame frame) {
        start();
        switch (frame) {
            case DATA -> peer.data(1, "x", false);
            case RST -> peer.reset(1, Http2Error.CANCEL);
            case WINDOW -> peer.window(1, 1);
            case EVEN_HEADERS -> peer.connect(2, "a:1");
        }
        assertThat(peer.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    }

    enum IdleFrame {
        DATA,
        RST,
        WINDOW,
        EVEN_HEADERS
    }

    @Test
    void aFrameBeforeTheFirstSettingsClosesTheTunnel() {
        peer.received();
        peer.ping(false, 1);
        assertThat(peer.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    }

    // ---- keepalive and drain

    @Test
    void pingsComeAnIntervalAfterTheLastAnswer() {
        start();
        peer.passTime(9);
        assertThat(peer.received()).isEmpty();
        peer.passTime(1);
        String ping = peer.received().get(0);
        peer.passTime(19);
        peer.ping(true, Long.parseLong(ping.substring("PING ".length())));
        peer.passTime(9);
        assertThat(peer.received()).isEmpty();
        peer.passTime(1);
        assertThat(peer.received()).containsExactly(ping);
        peer.passTime(20);
        assertThat(peer.received()).containsExactly("GOAWAY 0 NO_ERROR");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void drainTakesTwoStepsAndWaitsForOpenStreams() {
        start();
        InboundStream stream = open(1);
        tunnel.drain();
        List<String> announced = peer.received();
        assertThat(announced.get(0)).isEqualTo("GOAWAY 2147483647 NO_ERROR");
        peer.ping(true, Long.parseLong(announced.get(1).substring("PING ".length())));
        assertThat(peer.received()).containsExactly("GOAWAY 1 NO_ERROR");
        peer.connect(3, "a:1");
        assertThat(peer.received()).containsExactly("RST 3 REFUSED_STREAM");
        peer.data(1, "still", true);
        stream.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
        assertThat(log.events).containsExactly("still", "end", "|", "closed");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void aStreamThatCrossesTheAnnouncementOfADrainIsServed() {
        start();
        tunnel.drain();
        String ping = peer.received().get(1);
        InboundStream crossing = open(1);
        peer.ping(true, Long.parseLong(ping.substring("PING ".length())));
        assertThat(peer.received()).containsExactly("GOAWAY 1 NO_ERROR");
        peer.data(1, "late", true);
        crossing.finish();
        assertThat(peer.received()).containsExactly("DATA 1  END");
        assertThat(log.events).containsExactly("late", "end", "|", "closed");
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void closeEndsEverythingAtOnce() {
        start();
        open(1);
        tunnel.close();
        assertThat(peer.received()).containsExactly("GOAWAY 1 NO_ERROR");
        assertThat(log.events).containsExactly("end", "closed DRAINING");
        assertThat(peer.isOpen()).isFalse();
    }
}
