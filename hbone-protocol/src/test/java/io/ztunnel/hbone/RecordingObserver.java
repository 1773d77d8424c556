package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Counts what a relay reports; may be read from any thread once {@link #await} returned. */
class RecordingObserver implements Relay.Observer {
    volatile long received;
    volatile long sent;
    volatile int completions;
    volatile @Nullable Throwable error;
    private final CountDownLatch complete = new CountDownLatch(1);

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the event loop alone
    public void onReceived(int bytes) {
        received += bytes;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the event loop alone
    public void onSent(int bytes) {
        sent += bytes;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the event loop alone
    public void onComplete(@Nullable Throwable error) {
        this.error = error;
        completions++;
        complete.countDown();
    }

    void await() throws InterruptedException {
        if (!complete.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("relay did not complete");
        }
    }
}
