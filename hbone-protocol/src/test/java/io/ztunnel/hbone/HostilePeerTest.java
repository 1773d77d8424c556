package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a peer may do to a server's tunnel, what it may not, and what neither may cost. */
@ExtendWith(LeakFree.class)
class HostilePeerTest implements ConnectHandler {
    private static final List<String> CLIENT = List.of("spiffe://td/ns/a/sa/b");
    private static final int WINDOW = 64 << 10;
    private static final HboneSettings SMALL =
            new HboneSettings(
                    WINDOW,
                    4 * WINDOW,
                    1 << 20,
                    200,
                    100,
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20));

    private ScriptedPeer peer = start(HboneSettings.DEFAULTS, new Http2Settings());
    private Consumer<InboundStream> onConnect = stream -> stream.accept(null);
    private @Nullable InboundStream latest;

    private ScriptedPeer start(HboneSettings settings, Http2Settings theirs) {
        ScriptedPeer fresh = ScriptedPeer.ofServer(new ServerTunnel(settings, CLIENT, this));
        fresh.settings(theirs).received();
        return fresh;
    }

    private void restart(HboneSettings settings, Http2Settings theirs) {
        peer.close();
        peer = start(settings, theirs);
    }

    @AfterEach
    void end() {
        peer.close();
    }

    @Override
    public void onConnect(InboundStream stream) {
        latest = stream;
        onConnect.accept(stream);
    }

    private InboundStream open(int id, StreamHandler handler) {
        peer.connect(id, "a:1");
        InboundStream stream = java.util.Objects.requireNonNull(latest);
        stream.setHandler(handler);
        return stream;
    }

    private void channelIsFull(boolean full) {
        peer.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, !full);
    }

    @Test
    void anyNumberOfStreamsMayEndWithoutDataOneAfterTheOther() {
        List<EventLog> logs = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            EventLog log = new EventLog();
            logs.add(log);
            open(1 + 2 * i, log);
        }
        for (int i = 0; i < 150; i++) {
            peer.data(1 + 2 * i, "", true);
        }
        assertThat(peer.isOpen()).isTrue();
        assertThat(logs).allSatisfy(log -> assertThat(log.events).startsWith("end"));
    }

    @Test
    void aHeaderListWithinTheLimitMayComeInOneFrame() {
        String baggage = "k=" + "value".repeat(10_000);
        List<String> seen = new ArrayList<>();
        onConnect =
                stream -> {
                    seen.addAll(stream.request().baggage());
                    stream.accept(null);
                };
        peer.largeFrames()
                .headers(
                        1,
                        new DefaultHttp2Headers()
                                .method("CONNECT")
                                .authority("a:1")
                                .add("baggage", baggage),
                        false);
        assertThat(peer.received()).containsExactly("HEADERS 1 :status=200");
        assertThat(seen).containsExactly(baggage);
    }

    @Test
    void answersToRequestsThatAreNeverReadAreBounded() {
        onConnect = stream -> stream.refuse(401);
        channelIsFull(true);
        int asked = 0;
        for (int id = 1; id < 3_000 && peer.isOpen(); id += 2, asked++) {
            peer.connect(id, "a:1");
        }
        assertThat(peer.isOpen()).isFalse();
        assertThat(asked).isBetween(200, 1_001);
        assertThat(peer.received()).last().asString().endsWith("ENHANCE_YOUR_CALM");
    }

    @Test
    void streamsThatAreGoneAreForgottenEvenWhileNothingCanBeSent() {
        restart(SMALL, new Http2Settings().initialWindowSize(1 << 20));
        InboundStream bulk = open(1, new EventLog());
        bulk.write(EventLog.zeros(FlowWindows.INITIAL));
        bulk.flush();
        peer.received();
        List<WeakReference<InboundStream>> gone = new ArrayList<>();
        for (int id = 3; id < 103; id += 2) {
            InboundStream stream = open(id, new EventLog());
            assertThat(stream.isWritable()).isFalse();
            if (id % 4 == 1) {
                stream.finish();
                peer.received();
                peer.data(id, "", true);
            } else {
                stream.write(EventLog.text("never sent"));
                stream.flush();
                peer.received();
                peer.reset(id, Http2Error.CANCEL);
            }
            gone.add(new WeakReference<>(stream));
        }
        latest = null;
        for (int i = 0; i < 100 && gone.stream().anyMatch(ref -> ref.get() != null); i++) {
            System.gc();
        }
        // The last one may still be in somebody's hands.
        assertThat(gone.stream().filter(ref -> ref.get() != null).count()).isLessThan(2);
    }

    @Test
    void aWriterThatFillsAndEmptiesTheChannelWhenCalledBackDisturbsNobody() {
        List<EventLog> logs = new ArrayList<>();
        channelIsFull(true);
        for (int id = 1; id < 9; id += 2) {
            EventLog log =
                    new EventLog() {
                        @Override
                        public void onWritable(HboneStream stream) {
                            super.onWritable(stream);
                            // As a flush does that fills the channel and finds room again.
                            peer.channel().pipeline().fireChannelWritabilityChanged();
                        }
                    };
            logs.add(log);
            assertThat(open(id, log).isWritable()).isFalse();
        }
        channelIsFull(false);
        assertThat(peer.isOpen()).isTrue();
        assertThat(logs).allSatisfy(log -> assertThat(log.events).containsExactly("writable"));
    }

    /** Credit of the connection that the peer has been given so far. */
    private int connectionCredit(int before) {
        int credit = before;
        for (String line : peer.received()) {
            if (line.startsWith("WINDOW 0 +")) {
                credit += Integer.parseInt(line.substring("WINDOW 0 +".length()));
            }
        }
        return credit;
    }

    @Test
    void whatStreamsHoldTogetherIsBoundedAndComesBack() {
        restart(SMALL, new Http2Settings());
        peer.largeFrames();
        byte[] window = new byte[WINDOW];
        int credit = 4 * WINDOW;
        int sent = 0;
        List<InboundStream> stalled = new ArrayList<>();
        for (int id = 1; id < 399 && credit - sent >= WINDOW; id += 2) {
            stalled.add(open(id, new EventLog()));
            peer.data(id, window, 0, false);
            sent += WINDOW;
            credit = connectionCredit(credit);
        }
        assertThat(sent).as("four times the connection's window").isEqualTo(16 * WINDOW);

        stalled.subList(0, 4).forEach(stream -> stream.returnCredit(WINDOW));
        credit = connectionCredit(credit);
        assertThat(credit - sent).as("as much as has left").isEqualTo(4 * WINDOW);
        stalled.subList(4, 8).forEach(stream -> stream.reset(Http2Error.CANCEL.code()));
        stalled.subList(0, 8).forEach(stream -> stream.returnCredit(WINDOW));
        for (int i = 0; i < 8; i++) {
            open(401 + 2 * i, new EventLog());
            peer.data(401 + 2 * i, window, 0, false);
            sent += WINDOW;
            credit = connectionCredit(credit);
        }
        assertThat(credit - sent).as("and no byte more").isZero();
    }

    @Test
    void pingsAreAnsweredUpToARateAndThenTheTunnelEnds() {
        int answered = 0;
        while (peer.isOpen() && answered < 5_000) {
            answered += peer.ping(false, answered).received().size();
        }
        assertThat(answered).as("two thousand answers and the GOAWAY").isEqualTo(2_001);
        assertThat(peer.isOpen()).isFalse();
    }

    @Test
    void answersToPingsThatNobodySentAreTakenUpToARate() {
        int taken = 0;
        while (peer.isOpen() && taken < 5_000) {
            peer.ping(true, taken++);
        }
        assertThat(taken).isEqualTo(2_001);
        assertThat(peer.received()).last().asString().endsWith("ENHANCE_YOUR_CALM");
    }

    @Test
    void keepalivesOfADayAreNoFlood() {
        for (int i = 0; i < 10_000; i++) {
            peer.ping(false, i).ping(true, 0x7A74756E6E656CL).passTime(8);
            peer.received();
        }
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void settingsAreTakenUpToARateAndThenTheTunnelEnds() {
        int taken = 0;
        while (peer.isOpen() && taken < 500) {
            peer.settings(new Http2Settings().initialWindowSize(1 + taken++));
        }
        assertThat(taken).isBetween(50, 150);
        assertThat(peer.received()).last().asString().endsWith("ENHANCE_YOUR_CALM");
    }

    @Test
    void aCallThatComesBeforeTheHandlerIsNotLost() {
        channelIsFull(true);
        peer.connect(1, "a:1");
        InboundStream stream = java.util.Objects.requireNonNull(latest);
        assertThat(stream.isWritable()).isFalse();
        channelIsFull(false);
        peer.received();
        EventLog log = new EventLog();
        stream.setHandler(log);
        assertThat(log.events).containsExactly("writable");
    }
}
