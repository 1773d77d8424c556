package io.ztunnel.hbone;

import org.jspecify.annotations.Nullable;

/**
 * The credit of RFC 9113 §5.2, for a stream or a connection alike. All arithmetic on windows is
 * here; who gets an error for a broken one is decided by the caller, who knows the scope.
 */
final class FlowWindows {
    /** Of every stream and connection until something else is said, RFC 9113 §6.9.2. */
    static final int INITIAL = 65_535;

    static final int MAX = Integer.MAX_VALUE;

    private FlowWindows() {}

    /** How much we may send. */
    static final class Send {
        private int available;

        Send(int initial) {
            available = initial;
        }

        /**
         * Bytes that may be sent now; negative after the peer lowered its initial window below what
         * was already under way.
         */
        int available() {
            return available;
        }

        /**
         * A WINDOW_UPDATE, or a change of the initial window by a delta of either sign.
         *
         * @return false when the window would pass 2^31-1, which is an error of the peer; nothing
         *     has changed then
         */
        boolean grow(int delta) {
            long grown = (long) available + delta;
            if (grown > MAX) {
                return false;
            }
            available = (int) grown;
            return true;
        }

        void take(int bytes) {
            if (bytes < 0 || bytes > available) {
                throw new IllegalArgumentException(
                        "sending %d bytes with a window of %d".formatted(bytes, available));
            }
            available -= bytes;
        }
    }

    /** How much the peer may send. */
    static final class Receive {
        private final int max;
        private final @Nullable WindowGrowth growth;
        private int size;
        private int open;
        private int held;
        private int owed;
        private int grown;
        private long announcedNanos;

        /**
         * @param size the whole window in bytes, of which the peer has been told
         */
        Receive(int size) {
            this.size = size;
            this.open = size;
            this.max = size;
            this.growth = null;
        }

        /**
         * A window that grows with its use.
         *
         * @param size at first, of which the peer has been told
         * @param max what it may become
         */
        Receive(int size, int max, WindowGrowth growth) {
            this.size = size;
            this.open = size;
            this.max = max;
            this.growth = growth;
            this.announcedNanos = growth.now();
        }

        /**
         * Bytes have arrived.
         *
         * @return false when the peer had no credit for them
         */
        boolean take(int bytes) {
            if (bytes > open) {
                return false;
            }
            open -= bytes;
            held += bytes;
            return true;
        }

        /**
         * Bytes that arrived have been disposed of. More than arrived is taken as all of them.
         *
         * @return the increment to announce now, or 0: small ones are saved up to half a window
         */
        int giveBack(int bytes) {
            int known = Math.min(bytes, held);
            held -= known;
            owed += known;
            // The sum of open, held and owed is always size, so none of them can overflow.
            if (owed == 0 || owed < size - size / 2) {
                return 0;
            }
            int increment = owed + grow();
            open += increment;
            owed = 0;
            return increment;
        }

        /** Doubles a window that is in the way of its stream, as long as there is room. */
        private int grow() {
            if (growth == null || size >= max) {
                return 0;
            }
            int more = Math.min(size, max - size);
            boolean fast = growth.isFast(announcedNanos);
            announcedNanos = growth.now();
            if (!fast || !growth.take(more)) {
                return 0;
            }
            size += more;
            grown += more;
            return more;
        }

        /** The stream has ended: its growth is for others. Idempotent. */
        void end() {
            if (growth != null) {
                growth.giveBack(grown);
                grown = 0;
            }
        }

        /** Bytes that the peer may still send. */
        int open() {
            return open;
        }

        /** Bytes that arrived and have not been given back. */
        int held() {
            return held;
        }
    }

    /**
     * The window of a connection whose streams have windows of their own. Bytes are given back as
     * they arrive, so that a stream that stands still takes nothing from the others, up to what all
     * streams together may hold. Beyond that the connection waits for them: memory is finite, and
     * the sum of the streams' windows is many times what a machine has to spare.
     */
    static final class Shared {
        private final Receive window;
        private final long limit;
        private long held;

        /**
         * @param size the window in bytes
         * @param limit bytes that streams may hold before the window shrinks; one window more is
         *     the most that they can ever hold
         */
        Shared(int size, long limit) {
            this.window = new Receive(size);
            this.limit = limit;
        }

        /**
         * Bytes have arrived.
         *
         * @return false when the peer had no credit for them
         */
        boolean take(int bytes) {
            return window.take(bytes);
        }

        /** Bytes that arrived are nobody's. Returns the increment to announce now, or 0. */
        int giveBack(int bytes) {
            return window.giveBack(bytes);
        }

        /** A stream holds bytes that arrived. Returns the increment to announce now, or 0. */
        int hold(int bytes) {
            long before = beyondLimit();
            held += bytes;
            return window.giveBack(bytes - (int) (beyondLimit() - before));
        }

        /** A stream holds them no longer. Returns the increment to announce now, or 0. */
        int letGo(int bytes) {
            long before = beyondLimit();
            held -= bytes;
            return window.giveBack((int) (before - beyondLimit()));
        }

        /** What has not been given back: never more than the window, since the peer may not. */
        private long beyondLimit() {
            return Math.max(0, held - limit);
        }

        /** Bytes that the peer may still send. */
        int open() {
            return window.open();
        }
    }
}
