package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes that the streams of a pod may make us keep beyond what every stream is given at its start.
 * What is taken is room in a window, not the bytes that come and go: it changes when a window grows
 * and when a stream ends, so that nobody counts on the path of a byte. Thread-safe.
 *
 * <p>A budget may be part of another one, the node's: it takes from both or from none.
 */
public final class ByteBudget {
    private final long limit;
    private final @Nullable ByteBudget whole;
    private final AtomicLong taken = new AtomicLong();
    private final LongAdder refused = new LongAdder();
    private final Runnable onRefused;

    private ByteBudget(long limit, @Nullable ByteBudget whole, Runnable onRefused) {
        this.limit = limit;
        this.whole = whole;
        this.onRefused = onRefused;
    }

    /**
     * @param limit in bytes, 0 or more
     */
    public static ByteBudget of(long limit) {
        return new ByteBudget(limit, null, () -> {});
    }

    public static ByteBudget unlimited() {
        return of(Long.MAX_VALUE);
    }

    /**
     * A budget that takes from this one too.
     *
     * @param onRefused runs whenever there is not enough left, on the event loop that asked
     */
    public ByteBudget part(long partLimit, Runnable onRefused) {
        return new ByteBudget(partLimit, this, onRefused);
    }

    /**
     * @return false when so much is not left; then nothing is taken
     */
    boolean take(long bytes) {
        if (!takeOwn(bytes)) {
            return refuse();
        }
        if (whole != null && !whole.takeOwn(bytes)) {
            taken.addAndGet(-bytes);
            return refuse();
        }
        return true;
    }

    private boolean takeOwn(long bytes) {
        long now = taken.get();
        while (bytes <= limit - now) {
            if (taken.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = taken.get();
        }
        return false;
    }

    private boolean refuse() {
        refused.increment();
        onRefused.run();
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
        if (whole != null) {
            whole.taken.addAndGet(-bytes);
        }
    }

    /** Bytes that are taken now. */
    public long taken() {
        return taken.get();
    }

    /** How often there was not enough. */
    public long refused() {
        return refused.sum();
    }
}
