package io.ztunnel.daemon.dns;

import static io.ztunnel.daemon.dns.TestNames.name;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Name servers n1, n2, ... that answer when the test says so. */
class UpstreamTest {
    private static final Question QUESTION = new Question(name("www.example"), Type.A);

    private final Map<Integer, Consumer<@Nullable Message>> asked = new LinkedHashMap<>();
    private final List<Integer> cancelled = new ArrayList<>();
    private final List<String> ends = new ArrayList<>();
    private int ids;
    private long nanos;

    private Upstream upstream(int servers, int attempts) {
        List<InetSocketAddress> addresses =
                IntStream.rangeClosed(1, servers)
                        .mapToObj(
                                i ->
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("192.0.2." + i), 53))
                        .toList();
        return new Upstream(
                new NameServers(addresses),
                (server, question, done) -> {
                    int number = server.getAddress().getAddress()[3];
                    asked.put(number, done);
                    return () -> {
                        asked.remove(number);
                        cancelled.add(number);
                    };
                },
                attempts,
                false,
                () -> ids++,
                () -> nanos);
    }

    private void ask(Upstream upstream) {
        upstream.ask(
                QUESTION,
                answer -> ends.add(answer == null ? "silence" : Rcode.string(answer.getRcode())));
    }

    private void says(int server, String code) {
        Consumer<@Nullable Message> done = asked.remove(server);
        if (done == null) {
            throw new AssertionError("n" + server + " is not asked, only " + asked.keySet());
        }
        Message message = new Message(1);
        message.getHeader().setRcode(code.equals("silence") ? 0 : Rcode.value(code));
        nanos += 1_000;
        done.accept(code.equals("silence") ? null : message);
    }

    @ParameterizedTest
    @CsvSource({"NOERROR", "NXDOMAIN"})
    void twoAreAskedAndTheFirstThatKnowsIsBelieved(String code) {
        ask(upstream(3, 2));
        assertThat(asked.keySet()).containsExactly(1, 2);
        says(2, code);
        assertThat(ends).containsExactly(code);
        assertThat(cancelled).containsExactly(1);
        assertThat(asked).isEmpty();
    }

    @Test
    void whoFailsOrKeepsSilentIsFollowedByTheNext() {
        ask(upstream(3, 1));
        says(1, "REFUSED");
        assertThat(asked.keySet()).containsExactly(2, 3);
        says(2, "silence");
        says(3, "NOERROR");
        assertThat(ends).containsExactly("NOERROR");
    }

    @Test
    void theLastFailureIsTheAnswerWhenNobodyKnows() {
        ask(upstream(2, 3));
        says(1, "SERVFAIL");
        says(2, "REFUSED");
        assertThat(ends).containsExactly("REFUSED");
    }

    @Test
    void silenceIsAskedAgainAsOftenAsConfiguredEachTimeWithAnotherId() {
        ask(upstream(1, 3));
        says(1, "silence");
        says(1, "silence");
        assertThat(ends).isEmpty();
        says(1, "silence");
        assertThat(ends).containsExactly("silence");
        assertThat(ids).isEqualTo(3);
    }

    @Test
    void withoutServersThereIsSilence() {
        ask(upstream(0, 3));
        assertThat(ends).containsExactly("silence");
    }

    @Test
    void theQuickestAreAskedFirst() {
        Upstream upstream = upstream(3, 1);
        ask(upstream);
        nanos += 5_000_000;
        says(1, "silence");
        says(2, "silence");
        says(3, "NOERROR");
        ask(upstream);
        assertThat(asked.keySet()).containsExactly(3, 1);
    }

    @Test
    void whatIsOpenEndsWithoutAWordWhenThePodIsGone() {
        Upstream upstream = upstream(2, 1);
        ask(upstream);
        upstream.close();
        assertThat(cancelled).containsExactlyInAnyOrder(1, 2);
        assertThat(ends).isEmpty();
    }
}
