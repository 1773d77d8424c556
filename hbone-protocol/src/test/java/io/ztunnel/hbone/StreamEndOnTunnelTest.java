package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.List;

/** What a relay's peer at the far end of a tunnel sees, frame by frame. */
@ExtendWith(LeakFree.class)
class StreamEndOnTunnelTest implements ConnectHandler {
    private final RecordingObserver observer = new RecordingObserver();
    private final ScriptedPeer peer =
            ScriptedPeer.ofServer(
                    new ServerTunnel(HboneSettings.DEFAULTS, List.of("spiffe://a"), this));
    private final FakeEnd app = new FakeEnd(peer.channel().eventLoop());

    @Override
    public void onConnect(InboundStream stream) {
        stream.accept(null);
        Relay.start(new StreamEnd(stream), app, observer);
    }

    private void start(int window) {
        peer.settings(new Http2Settings().initialWindowSize(window)).connect(1, "a:1");
        peer.received();
    }

    @AfterEach
    void end() {
        peer.close();
    }

    @Test
    void theEndGoesOutWithTheLastBytesThatThePeerAllows() {
        start(5);
        app.send("12345");
        app.readComplete();
        app.end();
        assertThat(peer.received()).containsExactly("DATA 1 12345 END");
        assertThat(observer.sent).isEqualTo(5);
        peer.data(1, "", true);
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void theEndWaitsForCreditOfWhatIsBeforeItAndForNothingElse() {
        start(3);
        app.send("12345");
        app.end();
        assertThat(peer.received()).containsExactly("DATA 1 123");
        peer.window(1, 2);
        assertThat(peer.received()).containsExactly("DATA 1 45 END");
        assertThat(observer.sent).isEqualTo(5);
    }

    @Test
    void aPeerThatStillSendsToAnAppThatIsGoneIsStoppedRightAfterTheEnd() {
        start(100);
        app.send("413");
        app.readComplete();
        app.vanish(SocketErrors.reset());
        assertThat(peer.received()).containsExactly("DATA 1 413 END", "RST 1 NO_ERROR");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void aPeerThatIsStoppedGetsTheEndFirstHoweverLateItsCredit() {
        start(1);
        app.send("413");
        app.readComplete();
        app.vanish(SocketErrors.reset());
        assertThat(peer.received()).containsExactly("DATA 1 4");
        assertThat(observer.completions).isZero();
        peer.window(1, 2);
        assertThat(peer.received()).containsExactly("DATA 1 13 END", "RST 1 NO_ERROR");
        assertThat(observer.completions).isEqualTo(1);
    }

    @Test
    void bytesThatAResetCutOffAreNotCounted() {
        start(3);
        app.send("12345");
        app.end();
        peer.received();
        peer.reset(1, Http2Error.NO_ERROR);
        assertThat(observer.sent).isZero();
        assertThat(observer.error)
                .hasMessage("receive: client disconnected before all data was written");
    }
}
