package io.ztunnel.sandbox.istiod;

import org.jspecify.annotations.Nullable;

/** The one response of a subscription that may wait for its answer. Not thread-safe. */
final class Outstanding {
    private long next = 1;
    private @Nullable String awaited;

    boolean isThere() {
        return awaited != null;
    }

    /** The nonce of a response that is sent now, while there is no other. */
    String begin() {
        String nonce = Long.toHexString(next++);
        awaited = nonce;
        return nonce;
    }

    /**
     * @return false for the answer to an older response, which means nothing
     */
    boolean acknowledged(String nonce) {
        if (!nonce.equals(awaited)) {
            return false;
        }
        awaited = null;
        return true;
    }
}
