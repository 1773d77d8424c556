package io.ztunnel.daemon;

/**
 * Gives the heap of a burst back once the burst is over. A collector collects when it needs room,
 * and an idle process needs none: without this, what a busy minute has claimed would stay claimed.
 *
 * <p>To be called at a steady pace by one thread. It collects only when next to nothing was
 * allocated since the last call and the heap has grown by a quarter since the last collection of
 * its own, so a heap that is large because the mesh is large is collected once. {@code
 * -XX:+DisableExplicitGC} turns it off.
 */
final class MemoryTrimmer implements Runnable {
    /** What probes, scrapes and keepalives allocate between two calls. */
    private static final long QUIET_BYTES = 2 << 20;

    /** The JVM's heap, in bytes. */
    interface Heap {
        /** Claimed from the system. */
        long claimed();

        /** Allocated since the last collection, and what that one has left. */
        long used();

        void collect();

        static Heap ofProcess() {
            Runtime runtime = Runtime.getRuntime();
            return new Heap() {
                @Override
                public long claimed() {
                    return runtime.totalMemory();
                }

                @Override
                public long used() {
                    return runtime.totalMemory() - runtime.freeMemory();
                }

                @Override
                public void collect() {
                    runtime.gc();
                }
            };
        }
    }

    private final Heap heap;
    private long trimmed;
    private long lastUsed;

    MemoryTrimmer(Heap heap) {
        this.heap = heap;
        trimmed = heap.claimed();
        lastUsed = heap.used();
    }

    @Override
    public void run() {
        long used = heap.used();
        boolean quiet = used >= lastUsed && used - lastUsed <= QUIET_BYTES;
        if (quiet && heap.claimed() > trimmed + trimmed / 4) {
            heap.collect();
            trimmed = heap.claimed();
            used = heap.used();
        }
        lastUsed = used;
    }
}
