package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;

final class RelayTest {
    private final IOException timedOut = SocketErrors.timedOut();

    private final EventLoop loop = new EmbeddedChannel().eventLoop();
    private final FakeEnd client = new FakeEnd(loop);
    private final FakeEnd server = new FakeEnd(loop);
    private final RecordingObserver observer = new RecordingObserver();

    @Test
    void anEndOfDataHalfClosesTheOtherSideOnly() {
        Relay.start(client, server, observer);

        client.send("question");
        client.end();

        assertThat(server.delivered).hasToString("question");
        assertThat(server.calls).contains("finish");
        assertThat(client.calls).doesNotContain("finish");
        assertThat(observer.completions).isZero();

        server.send("answer");
        server.readComplete();
        server.end();

        assertThat(client.delivered).hasToString("answer");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
        assertThat(observer.received).isEqualTo(8);
        assertThat(observer.sent).isEqualTo(6);
        assertThat(client.isClosed()).isTrue();
        assertThat(server.isClosed()).isTrue();
    }

    @Test
    void completionWaitsUntilBothEndsAreClosed() {
        FakeEnd late = new FakeEnd(loop).closesLate();
        Relay.start(client, late, observer);
        client.end();
        late.end();

        assertThat(late.calls).contains("close");
        assertThat(observer.completions).isZero();

        late.vanish(null);

        assertThat(observer.completions).isEqualTo(1);
    }

    @Test
    void bytesCountAndCreditReturnsWhenTheyHaveLeft() {
        Relay.start(client, server, observer);
        server.stall();
        client.send("abc");
        client.readComplete();

        assertThat(observer.received).isZero();
        assertThat(client.consumed).isZero();

        server.drain();

        assertThat(observer.received).isEqualTo(3);
        assertThat(client.consumed).isEqualTo(3);
    }

    @Test
    void aFullSinkPausesItsSourceUntilItIsWritable() {
        Relay.start(client, server, observer);
        server.stall();
        client.send("abc");

        assertThat(client.calls).containsExactly("resume", "pause");

        server.drain();

        assertThat(client.calls).containsExactly("resume", "pause", "resume");
        assertThat(server.delivered).hasToString("abc");
    }

    @Test
    void aResetClientIsNoErrorAndEndsTheServersInput() {
        Relay.start(client, server, observer);
        client.failReading(SocketErrors.reset());
        assertThat(server.calls).contains("finish");
        server.end();

        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void aResetIsPassedOnWhereThatIsAskedFor() {
        Relay.start(client, server, observer, true);
        client.failReading(SocketErrors.reset());

        assertThat(server.calls).contains("reset").doesNotContain("finish");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void otherFailuresEndTheServersInputWhereResetsArePassedOnToo() {
        Relay.start(client, server, observer, true);
        client.failReading(timedOut);

        assertThat(server.calls).contains("finish").doesNotContain("reset");
    }

    @Test
    void theWriterIsShutDownAfterAnErrorToo() {
        Relay.start(client, server, observer);
        client.failReading(timedOut);
        assertThat(server.calls).contains("finish");
        server.end();

        assertThat(observer.error)
                .isInstanceOfSatisfying(
                        RelayException.class,
                        error -> assertThat(error.code()).isEqualTo(RelayException.Code.SEND))
                .hasMessage("send: io error: Connection timed out (os error 110)");
    }

    @Test
    void ofTwoErrorsTheOneTowardsTheServerIsReported() {
        Relay.start(client, server, observer);
        server.failReading(timedOut);
        client.failReading(timedOut);

        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).hasMessageStartingWith("send: ");
    }

    @Test
    void anErrorTowardsTheClientIsReportedAsReceive() {
        Relay.start(client, server, observer);
        server.failReading(timedOut);
        client.end();

        assertThat(observer.error)
                .hasMessage("receive: io error: Connection timed out (os error 110)");
    }

    @Test
    void aVanishedServerStillLetsItsLastBytesReachASlowClient() {
        Relay.start(client, server, observer);
        client.stall();
        server.send("last words");
        server.vanish(new ClosedChannelException());

        assertThat(observer.completions).isZero();

        client.drain();

        assertThat(client.delivered).hasToString("last words");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void abortCutsBothEndsAndReportsItsCause() {
        Relay relay = Relay.start(client, server, observer);
        client.stall();
        server.send("lost");
        Exception cause = new Exception("connection closed due to policy change");
        relay.abort(cause);
        relay.abort(new Exception("too late"));

        assertThat(client.calls).contains("abort");
        assertThat(server.calls).contains("abort");
        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isSameAs(cause);
        assertThat(observer.sent).isZero();
    }

    @Test
    void abortAfterBothDirectionsEndedChangesNothing() {
        FakeEnd late = new FakeEnd(loop).closesLate();
        Relay relay = Relay.start(client, late, observer);
        client.end();
        late.end();
        relay.abort(new Exception("too late"));
        late.vanish(null);

        assertThat(observer.completions).isEqualTo(1);
        assertThat(observer.error).isNull();
    }

    @Test
    void endsOnDifferentLoopsAreRefused() {
        FakeEnd elsewhere = new FakeEnd(new EmbeddedChannel().eventLoop());
        assertThatThrownBy(() -> Relay.start(client, elsewhere, observer))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
