package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.ImmediateExecutor;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;

import org.junit.jupiter.api.Test;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

class HandshakePlaceTest {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final HandshakePlace place = new HandshakePlace(ticker);
    private final Executor others = Runnable::run;

    @Test
    void fewAreComputedOnTheLoopAndAFloodElsewhere() {
        for (int i = 0; i < HandshakePlace.ON_LOOP; i++) {
            assertThat(place.next(others)).isSameAs(ImmediateExecutor.INSTANCE);
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(place.next(others)).isSameAs(others);
        }
    }

    @Test
    void theLoopComputesAgainOnceTheFloodIsOver() {
        for (int i = 0; i <= HandshakePlace.ON_LOOP; i++) {
            place.next(others);
        }
        ticker.advance(HandshakePlace.PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(place.next(others)).isSameAs(ImmediateExecutor.INSTANCE);
    }
}
