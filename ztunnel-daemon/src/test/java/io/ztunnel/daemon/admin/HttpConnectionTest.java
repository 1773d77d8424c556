package io.ztunnel.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What a client sees on the wire, with requests that the test answers when it likes. */
class HttpConnectionTest {
    private static final int BUDGET = 1 << 20;

    private final List<HttpQuery> asked = new ArrayList<>();
    private final Deque<CompletableFuture<HttpReply>> answers = new ArrayDeque<>();
    private boolean closing;
    private final BodyBudget budget = new BodyBudget(BUDGET);
    private final EmbeddedChannel channel = open();

    private EmbeddedChannel open() {
        EmbeddedChannel opened =
                new EmbeddedChannel(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel child) {
                                HttpServer.install(
                                        child,
                                        new HttpConnection(
                                                HttpConnectionTest.this::ask,
                                                () -> closing,
                                                budget));
                            }
                        });
        opened.freezeTime();
        return opened;
    }

    private CompletionStage<HttpReply> ask(HttpQuery query) {
        if (query.path().equals("/broken")) {
            throw new IllegalStateException("out of order");
        }
        asked.add(query);
        CompletableFuture<HttpReply> answer = new CompletableFuture<>();
        answers.add(answer);
        return answer;
    }

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    private void send(String request) {
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    }

    private void get(String path) {
        send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    private void answer(HttpReply reply) {
        answers.remove().complete(reply);
        channel.runPendingTasks();
    }

    private String received() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.toString(StandardCharsets.UTF_8));
            part.release();
        }
        return text.toString();
    }

    private void pass(int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void answersWithStatusTypeAndLength() {
        get("/a?x=1&x=2&y=a+b");
        assertThat(asked.getFirst().path()).isEqualTo("/a");
        assertThat(asked.getFirst().parameters()).containsEntry("x", "2").containsEntry("y", "a b");
        answer(HttpReply.text(200, "ready\n"));
        assertThat(received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-type: text/plain; charset=utf-8\r\n")
                .contains("content-length: 6\r\n")
                .endsWith("\r\n\r\nready\n");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void answerThatDoesNotFitBesideThoseUnderWayIsRefusedAndGivenLater() {
        assertThat(budget.take(BUDGET - 50 * 1024)).isTrue();
        get("/large");
        answer(HttpReply.text(200, "x".repeat(60 * 1024)));
        assertThat(received())
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .contains("try again later");
        assertThat(budget.taken()).isEqualTo(BUDGET - 50 * 1024);
        budget.giveBack(BUDGET - 50 * 1024);
        get("/large");
        answer(HttpReply.text(200, "x".repeat(60 * 1024)));
        assertThat(received()).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(budget.taken()).as("given back once it is written").isZero();
    }

    @Test
    void bodyThatFailsGivesBackWhatItTook() {
        get("/broken-body");
        answer(
                new HttpReply(
                        200,
                        "text/plain",
                        out -> {
                            out.write(new byte[1024]);
                            throw new IOException("no more");
                        }));
        assertThat(received()).startsWith("HTTP/1.1 500 ").contains("no more");
        assertThat(budget.taken()).isZero();
    }

    @Test
    void pipelinedRequestsAreAskedOneAfterTheOther() {
        send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
        for (int i = 1; i <= 3; i++) {
            assertThat(asked).hasSize(i);
            answer(HttpReply.text(200, "answer " + i));
            assertThat(received()).endsWith("answer " + i);
        }
    }

    @Test
    void slowRequestIsCut() {
        send("GET /");
        pass(1);
        send("slow");
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void connectionThatSaysNothingIsCut() {
        pass(3);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void slowAnswerIsWaitedFor() {
        get("/slow");
        pass(300);
        assertThat(channel.isOpen()).isTrue();
        answer(HttpReply.text(200, "at last"));
        assertThat(received()).endsWith("at last");
    }

    @Test
    void idleConnectionStaysForTheNextRequest() {
        get("/1");
        answer(HttpReply.text(200, "one"));
        pass(30);
        get("/2");
        answer(HttpReply.text(200, "two"));
        assertThat(received()).contains("one").endsWith("two");
    }

    @Test
    void connectionIdleForLongIsClosed() {
        get("/1");
        answer(HttpReply.text(200, "one"));
        pass(61);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void nextRequestMustBeQuickToo() {
        get("/1");
        answer(HttpReply.text(200, "one"));
        pass(30);
        send("GET /2");
        pass(3);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void halfClosedClientIsAnsweredAndClosed() {
        get("/1");
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(channel.isOpen()).isTrue();
        answer(HttpReply.text(200, "one"));
        assertThat(received()).endsWith("one");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void handlerThatThrowsIsA500WithItsText() {
        get("/broken");
        assertThat(received()).startsWith("HTTP/1.1 500 ").contains("out of order");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void bodyThatCannotBeWrittenIsA500() {
        get("/body");
        answer(
                new HttpReply(
                        200,
                        "text/plain",
                        out -> {
                            out.write('x');
                            throw new IOException("half a dump");
                        }));
        assertThat(received()).startsWith("HTTP/1.1 500 ").contains("half a dump");
    }

    @Test
    void headHasNoBody() {
        send("HEAD /metrics HTTP/1.1\r\n\r\n");
        answer(HttpReply.text(200, "body"));
        assertThat(received()).contains("content-length: 4\r\n").endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource({"431, 'GET / HTTP/1.1\r\nX: '", "414, 'GET /'"})
    void tooLongHeadIsRefused(int status, String beginning) {
        send(beginning + "x".repeat(9000) + (status == 414 ? " HTTP/1.1" : "") + "\r\n\r\n");
        assertThat(received()).startsWith("HTTP/1.1 " + status);
        assertThat(channel.isOpen()).isFalse();
        assertThat(asked).isEmpty();
    }

    @Test
    void whatIsNotHttpIsRefused() {
        send("\u0016\u0003\u0001 no http at all\r\n\r\n");
        assertThat(received()).startsWith("HTTP/1.1 400 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void closingServerEndsIdleConnectionsAndFinishesRequests() {
        get("/1");
        closing = true;
        channel.pipeline().fireUserEventTriggered(HttpConnection.CLOSING);
        assertThat(channel.isOpen()).isTrue();
        answer(HttpReply.text(200, "one"));
        assertThat(received()).contains("connection: close").endsWith("one");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void idleConnectionEndsWhenTheServerCloses() {
        get("/1");
        answer(HttpReply.text(200, "one"));
        channel.pipeline().fireUserEventTriggered(HttpConnection.CLOSING);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void clientThatLeavesBeforeTheAnswerIsForgotten() {
        get("/1");
        channel.close();
        answer(HttpReply.text(200, "one"));
        assertThat(received()).isEmpty();
    }

    @Test
    void largeBodyIsSentWhole() {
        get("/dump");
        String body = "0123456789abcdef".repeat(20_000);
        answer(HttpReply.text(200, body));
        assertThat(received()).endsWith("\r\n\r\n" + body);
    }
}
