package io.ztunnel.xds;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Opens once, when of every expected type one response was accepted as a whole, and never closes: a
 * proxy that knew the mesh once is of use while the control plane is away.
 */
final class SyncGate {
    private final Set<ResourceType> missing;
    private final CompletableFuture<Void> opened = new CompletableFuture<>();

    SyncGate(Set<ResourceType> expected) {
        missing = EnumSet.copyOf(expected);
    }

    /** Returns true for the call that opened the gate. */
    boolean acked(ResourceType type) {
        missing.remove(type);
        return missing.isEmpty() && opened.complete(null);
    }

    CompletableFuture<Void> opened() {
        return opened.copy();
    }
}
