package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class LogSinkTest {
    private static LogRecord record(String message) {
        return new LogRecord(Instant.EPOCH, Level.INFO, "test", message, LogFields.NONE, null);
    }

    /** Blocks its first write until released. */
    private static final class StuckOutput extends OutputStream {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);
        final ByteArrayOutputStream written = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            throw new AssertionError("the sink writes batches");
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            entered.countDown();
            try {
                if (!released.await(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("never released");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            written.write(bytes, from, length);
        }

        List<String> messages() {
            return written.toString(StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\t", 5)[3])
                    .toList();
        }
    }

    @Test
    void everyQueuedRecordIsWrittenInOrderBeforeTheSinkEnds() {
        StuckOutput out = new StuckOutput();
        out.released.countDown();
        LogSink sink = new LogSink(LogFormat.PLAIN, out, 1024).start();
        for (int i = 0; i < 500; i++) {
            sink.offer(record("line " + i));
        }
        assertThat(sink.close(Duration.ofSeconds(10))).isTrue();
        assertThat(out.messages()).hasSize(500).startsWith("line 0").endsWith("line 499");
        assertThat(sink.dropped()).isZero();
    }

    @Test
    void aFullQueueDropsAndCountsAndSaysSoLater() throws InterruptedException {
        StuckOutput out = new StuckOutput();
        LogSink sink = new LogSink(LogFormat.PLAIN, out, 8).start();
        sink.offer(record("first"));
        assertThat(out.entered.await(10, TimeUnit.SECONDS)).isTrue();

        for (int i = 0; i < 20; i++) {
            sink.offer(record("line " + i)); // returns although nothing is written
        }

        assertThat(sink.dropped()).isEqualTo(12);
        out.released.countDown();
        assertThat(sink.close(Duration.ofSeconds(10))).isTrue();
        assertThat(out.messages())
                .contains("first", "line 7")
                .doesNotContain("line 8")
                .anyMatch(message -> message.contains("dropped"));
        assertThat(out.written.toString(StandardCharsets.UTF_8)).contains("dropped=12");
    }

    @Test
    void closingGivesUpWhenTheOutputIsStuck() throws InterruptedException {
        StuckOutput out = new StuckOutput();
        LogSink sink = new LogSink(LogFormat.PLAIN, out, 8).start();
        sink.offer(record("first"));
        assertThat(out.entered.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(sink.close(Duration.ofMillis(10))).isFalse();
        out.released.countDown();
    }
}
