package io.ztunnel.sandbox.conformance.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

class InboxTest {
    private static final Duration NOW = Duration.ofMillis(1);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Inbox inbox = new Inbox();

    private void receive(String text) {
        inbox.received(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void bytesAreTakenInOrderAcrossPieces() {
        receive("ab");
        receive("cde");
        assertThat(inbox.take(4, NOW)).asString().isEqualTo("abcd");
        assertThat(inbox.available()).isEqualTo(1);
        assertThat(inbox.take(9, NOW)).asString().isEqualTo("e");
    }

    @Test
    void whoWaitsForBytesGetsThemWhenTheyCome() {
        Thread.ofVirtual().start(() -> receive("late"));
        assertThat(inbox.take(4, SOON)).asString().isEqualTo("late");
    }

    @Test
    void aLineEndsAtItsNewlineOrWithTheStream() {
        receive("one\ntwo");
        assertThat(inbox.takeLine(NOW)).isEqualTo("one");
        inbox.ended(new Inbox.End.Finished());
        assertThat(inbox.takeLine(SOON)).isEqualTo("two");
    }

    @Test
    void aResetAfterTheEndOfDataIsTold() {
        inbox.ended(new Inbox.End.Finished());
        inbox.ended(new Inbox.End.WasReset("CANCEL"));
        inbox.ended(new Inbox.End.Lost());
        assertThat(inbox.awaitReset(SOON)).contains(new Inbox.End.WasReset("CANCEL"));
    }

    @Test
    void nothingIsAnEndOnlyWhenThereIsOne() {
        assertThat(inbox.awaitEnd(NOW)).isEmpty();
        inbox.ended(new Inbox.End.Lost());
        assertThat(inbox.awaitEnd(SOON)).contains(new Inbox.End.Lost());
    }

    @Test
    void theFirstHeadCounts() {
        inbox.headed(Map.of(":status", "200"));
        inbox.headed(Map.of(":status", "500"));
        assertThat(inbox.awaitHead(SOON)).contains(Map.of(":status", "200"));
    }
}
