package io.ztunnel.redirection;

import org.jspecify.annotations.Nullable;

/**
 * One pod at the moment it was asked for.
 *
 * @param proxy null while pending
 */
public record PodStatus(PodInfo pod, State state, @Nullable PodProxy proxy) {
    /** As the config dump prints it. */
    public enum State {
        /** Its listeners could not be bound; tried again. */
        PENDING,
        UP
    }
}
