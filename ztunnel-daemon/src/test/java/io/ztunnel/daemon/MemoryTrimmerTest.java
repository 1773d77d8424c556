package io.ztunnel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryTrimmerTest {
    private static final long MIB = 1 << 20;

    /** A heap that gives back, when collected, all but what lives. */
    private static final class FakeHeap implements MemoryTrimmer.Heap {
        long claimed = 12 * MIB;
        long used = 8 * MIB;
        long live = 8 * MIB;
        int collections;

        @Override
        public long claimed() {
            return claimed;
        }

        @Override
        public long used() {
            return used;
        }

        @Override
        public void collect() {
            collections++;
            used = live;
            claimed = Math.max(12 * MIB, live * 3 / 2);
        }
    }

    private final FakeHeap heap = new FakeHeap();
    private final MemoryTrimmer trimmer = new MemoryTrimmer(heap);

    @Test
    void anIdleHeapThatHasNotGrownIsLeftAlone() {
        trimmer.run();
        heap.used += MIB;
        trimmer.run();
        assertThat(heap.collections).isZero();
    }

    @Test
    void theHeapOfABurstIsCollectedOnceItIsQuiet() {
        heap.claimed = 60 * MIB;
        heap.used = 50 * MIB;
        trimmer.run();
        assertThat(heap.collections).as("busy: much was allocated").isZero();
        heap.used = 30 * MIB;
        trimmer.run();
        assertThat(heap.collections).as("busy: the collector ran by itself").isZero();
        trimmer.run();
        assertThat(heap.collections).isOne();
        assertThat(heap.claimed).isEqualTo(12 * MIB);
        trimmer.run();
        assertThat(heap.collections).as("nothing is left to give back").isOne();
    }

    @Test
    void aLargeMeshIsCollectedOnlyOnce() {
        heap.live = 200 * MIB;
        heap.used = 250 * MIB;
        heap.claimed = 320 * MIB;
        for (int i = 0; i < 5; i++) {
            trimmer.run();
        }
        assertThat(heap.collections).isOne();
    }
}
