package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

class ConnectAnswerTest {
    private final Promise<Channel> answer = new DefaultPromise<>(ImmediateEventExecutor.INSTANCE);
    private final AtomicBoolean silent = new AtomicBoolean();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new ConnectAnswer(
                            TestMesh.address("fd00::1", 80), answer, () -> silent.set(true)));

    @Test
    void theRequestHasAMethodAndAnAuthorityAndNothingElse() {
        Http2HeadersFrame request = channel.readOutbound();

        assertThat(request.headers())
                .hasSize(2)
                .isEqualTo(new DefaultHttp2Headers().method("CONNECT").authority("[fd00::1]:80"));
        assertThat(request.isEndStream()).isFalse();
    }

    @Test
    void after200TheStreamIsBytes() {
        channel.writeInbound(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));

        assertThat(answer.getNow()).isSameAs(channel);
        assertThat(channel.pipeline().get(StreamBytes.class)).isNotNull();
        channel.writeInbound(new DefaultHttp2DataFrame(Unpooled.copyShort(7), true));
        ByteBuf bytes = channel.readInbound();
        assertThat(bytes.readableBytes()).isEqualTo(2);
        bytes.release();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @CsvSource({"401, false", "400, false", "503, true", "204, false"})
    void anotherEndpointIsWorthATryUnlessThisOneRefused(String status, boolean worthAnother) {
        channel.writeInbound(
                new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status(status), true));

        assertThat(answer.cause())
                .isInstanceOfSatisfying(
                        DialException.class,
                        e -> assertThat(e.worthAnother()).isEqualTo(worthAnother))
                .hasMessage("CONNECT was answered with " + status);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aResetIsAFailure() {
        channel.pipeline().fireUserEventTriggered(new DefaultHttp2ResetFrame(Http2Error.CANCEL));

        assertThat(answer.cause()).hasMessage("CONNECT was reset: CANCEL");
    }

    @Test
    void silenceIsAFailureThatDiscreditsTheTunnel() {
        channel.advanceTimeBy(11, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();

        assertThat(answer.cause()).hasMessage("no answer to CONNECT");
        assertThat(silent).isTrue();
    }
}
