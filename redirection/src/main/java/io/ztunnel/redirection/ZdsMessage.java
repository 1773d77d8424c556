package io.ztunnel.redirection;

import org.jspecify.annotations.Nullable;

/** What the node agent says, without the descriptor that comes with {@link Add}. */
sealed interface ZdsMessage {
    /**
     * @param pod null when the agent has left it out, which the protocol forbids
     */
    record Add(String uid, @Nullable PodInfo pod) implements ZdsMessage {}

    record Keep(String uid) implements ZdsMessage {}

    record Del(String uid) implements ZdsMessage {}

    record SnapshotSent() implements ZdsMessage {}
}
