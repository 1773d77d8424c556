package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.ztunnel.daemon.telemetry.Metrics;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A listener that finds no file descriptor rests, counts, and comes back by itself. */
class AcceptorTest {
    private final Metrics metrics = new Metrics();
    private final io.ztunnel.daemon.telemetry.CounterFamily.Counter failures =
            metrics.counter("accept_failures", "test", "listener").with("outbound");
    private final EmbeddedChannel listener =
            new EmbeddedChannel(new Acceptor("outbound", socket -> {}, failures));

    private void noDescriptor() {
        listener.pipeline().fireExceptionCaught(new IOException("accept4: Too many open files"));
    }

    private void pass(long millis) {
        listener.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        listener.runScheduledPendingTasks();
    }

    @Test
    void restsAfterAFailureAndAcceptsAgain() {
        listener.freezeTime();
        for (int round = 1; round <= 50; round++) {
            noDescriptor();
            assertThat(listener.config().isAutoRead()).isFalse();
            assertThat(failures.value()).isEqualTo(round);
            pass(99);
            assertThat(listener.config().isAutoRead()).isFalse();
            pass(1);
            assertThat(listener.config().isAutoRead()).isTrue();
        }
    }

    @Test
    void otherFailuresGoOnToWhoWatchesTheLoop() {
        listener.pipeline().fireExceptionCaught(new IllegalStateException("a mistake"));
        assertThat(failures.value()).isZero();
        assertThat(listener.config().isAutoRead()).isTrue();
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalStateException.class, listener::checkException);
    }
}
