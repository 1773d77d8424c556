package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

/** An application, the relay, and an outbound stream as the server end. */
final class StreamEndTest {
    private final EmbeddedChannel time = new EmbeddedChannel();
    private final EventLoop loop = time.eventLoop();
    private final FakeEnd app = new FakeEnd(loop);
    private final FakeStream stream = new FakeStream(loop);
    private final StreamEnd end = new StreamEnd();
    private final RecordingObserver observer = new RecordingObserver();

    private Relay start() {
        stream.setHandler(end);
        end.opened(stream);
        return Relay.start(app, end, observer);
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    @Test
    void endsOfBothSidesAreEndsOfStreamAndNoReset() {
        start();
        app.send("question");
        app.readComplete();
        app.end();
        stream.handler().onData(stream, ascii("answer"));
        stream.handler().onReadComplete(stream);
        stream.handler().onEnd(stream);
        assertThat(observer.completions).isZero();
        stream.handler().onClosed(stream, null);

        assertThat(stream.sent).hasToString("question");
        assertThat(stream.calls).containsExactly("finish");
        assertThat(app.delivered).hasToString("answer");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
        assertThat(observer.received).isEqualTo(8);
        assertThat(observer.sent).isEqualTo(6);
    }

    @Test
    void eventsBeforeTheRelayAreKept() {
        stream.setHandler(end);
        end.onData(stream, ascii("early "));
        end.onData(stream, ascii("bird"));
        end.onReadComplete(stream);
        end.onEnd(stream);
        start();

        assertThat(app.delivered).hasToString("early bird");
        assertThat(app.calls).contains("finish");
    }

    @Test
    void aStreamThatFindsNoRelayLetsGoOfWhatCameEarly() {
        stream.setHandler(end);
        end.opened(stream);
        ByteBuf early = ascii("early");
        end.onData(stream, early);
        end.abort();

        assertThat(early.refCnt()).isZero();
        assertThat(stream.calls).containsExactly("reset 8");
    }

    @Test
    void creditGoesBackWhenTheAppHasTakenTheBytes() {
        start();
        app.stall();
        stream.handler().onData(stream, ascii("12345"));
        stream.handler().onReadComplete(stream);
        assertThat(stream.returned).isZero();

        app.drain();

        assertThat(stream.returned).isEqualTo(5);
    }

    @Test
    void withoutCreditTheAppIsNotRead() {
        start();
        stream.credit = 3;
        app.send("12345");
        app.readComplete();
        assertThat(app.calls).contains("pause");
        assertThat(observer.received).isZero();

        stream.grant(10);

        assertThat(observer.received).isEqualTo(5);
        assertThat(app.calls).endsWith("resume");
    }

    @Test
    void anEndIsReportedOnlyWhenThePeerGaveCreditForAllBeforeIt() {
        start();
        stream.credit = 3;
        app.send("12345");
        app.end();
        stream.handler().onClosed(stream, HboneException.reset(0, "reset: NO_ERROR"));

        assertThat(observer.error)
                .hasMessage("send: destination disconnected before all data was written");
    }

    @Test
    void aCancelledStreamIsACleanEndForTheAppButAFailureInTheRecord() {
        start();
        stream.handler().onData(stream, ascii("half an ans"));
        stream.handler().onEnd(stream);
        stream.handler().onClosed(stream, HboneException.reset(8, "reset: CANCEL"));

        assertThat(app.delivered).hasToString("half an ans");
        assertThat(app.calls).contains("finish");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error)
                .hasMessage("while closing connection: send: io error: broken pipe");
    }

    @Test
    void aLostTunnelAfterOurEndIsSuccess() {
        start();
        app.end();
        stream.handler().onEnd(stream);
        stream.handler()
                .onClosed(stream, HboneException.of(HboneException.Code.HTTP2, "lost", null));

        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void aResetWithAnErrorIsReportedForTheDirectionTowardsTheServer() {
        start();
        stream.handler().onClosed(stream, HboneException.reset(2, "stream error: INTERNAL_ERROR"));

        assertThat(observer.error)
                .hasMessage(
                        "while closing connection: send: io error: stream error: INTERNAL_ERROR");
        assertThat(app.calls).contains("finish", "close");
    }

    @Test
    void aResetWithNoErrorAfterTheAnswerIsSuccess() {
        start();
        stream.handler().onData(stream, ascii("413"));
        stream.handler().onEnd(stream);
        stream.handler().onClosed(stream, HboneException.reset(0, "reset: NO_ERROR"));

        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void endOfStreamWaitsForCreditOfAllBeforeIt() {
        start();
        stream.credit = 3;
        app.send("12345");
        app.end();
        assertThat(stream.calls).isEmpty();

        stream.grant(10);

        assertThat(stream.calls).containsExactly("finish");
        assertThat(stream.sent).hasToString("12345");
        assertThat(observer.received).isEqualTo(5);
    }

    @Test
    void aPeerThatStillSendsToAnAppThatIsGoneIsCancelledAfterTheEnd() {
        start();
        stream.credit = 3;
        app.send("12345");
        app.vanish(SocketErrors.reset());
        assertThat(stream.calls).isEmpty();
        assertThat(observer.completions).isZero();

        stream.grant(10);

        assertThat(stream.calls).containsExactly("finish", "reset 8");
        assertThat(stream.returned).as("credit for what nobody reads").isZero();
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void aServerThatAnsweredEarlyRefusesTheRestWithoutAFailure() {
        FakeStream.Accepted accepted = new FakeStream.Accepted(loop);
        Relay.start(new StreamEnd(accepted), app, observer);
        app.send("413");
        app.readComplete();
        app.vanish(SocketErrors.reset());
        assertThat(accepted.sent).hasToString("413");
        assertThat(accepted.calls).containsExactly("finish", "reset 0");
        assertThat(observer.error).isNull();
    }

    @Test
    void abortCancelsTheStreamAndIgnoresWhatComesLater() {
        Relay relay = start();
        relay.abort(new Exception("policy"));
        ByteBuf late = ascii("late");
        stream.handler().onData(stream, late);
        stream.handler().onClosed(stream, null);

        assertThat(stream.calls).containsExactly("reset 8");
        assertThat(late.refCnt()).isZero();
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).hasMessage("policy");
    }
}
