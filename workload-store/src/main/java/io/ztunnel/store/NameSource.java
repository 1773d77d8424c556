package io.ztunnel.store;

import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Who is asked for what the store does not know, where a control plane tells only what it is asked
 * for. Names are those of its resources: an address as {@code network/ip}, a service or a workload
 * with a host name as {@code namespace/hostname}, any other workload as its uid.
 */
@FunctionalInterface
public interface NameSource {
    /**
     * From any thread; never blocks.
     *
     * @return completed when each name was answered: what exists is in the store by then. At once
     *     where all were answered a moment ago; otherwise on the store's writer thread, with {@link
     *     UnansweredException} when an answer does not come in time
     */
    CompletionStage<Void> fetch(Set<String> names);

    /** Nobody said whether a name exists. */
    final class UnansweredException extends Exception {
        private static final long serialVersionUID = 1;

        public UnansweredException(String name, String circumstance) {
            super("the control plane was asked for " + name + " in vain: " + circumstance);
        }
    }
}
