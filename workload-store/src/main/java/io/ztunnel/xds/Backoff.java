package io.ztunnel.xds;

import java.time.Duration;

/**
 * How long to wait before the next attempt. A stream that never brought a response counts as a
 * failure however it ended, so nothing the server does makes us spin.
 */
final class Backoff {
    static final Duration MIN = Duration.ofMillis(10);
    static final Duration MAX = Duration.ofSeconds(15);

    private Duration current = MIN;

    /**
     * @param useful whether the attempt brought at least one response
     */
    Duration next(XdsListener.Termination reason, boolean useful) {
        boolean expected =
                switch (reason) {
                    case RECONNECT, COMPLETE -> useful;
                    case CONNECTION_ERROR, ERROR -> false;
                };
        if (expected) {
            current = MIN;
        } else {
            Duration doubled = current.multipliedBy(2);
            current = doubled.compareTo(MAX) > 0 ? MAX : doubled;
        }
        return current;
    }
}
