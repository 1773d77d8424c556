package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;

/** An exception as one bounded text. */
final class Stacks {
    private static final int MAX_CAUSES = 8;
    private static final int MAX_FRAMES = 24;

    private Stacks() {}

    static String describe(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        @Nullable Throwable current = thrown;
        for (int depth = 0; current != null && depth < MAX_CAUSES; depth++) {
            text.append(depth == 0 ? "" : " | caused by ").append(current);
            StackTraceElement[] frames = current.getStackTrace();
            for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
                text.append(" | at ").append(frames[i]);
            }
            current = current.getCause();
        }
        return text.toString();
    }
}
