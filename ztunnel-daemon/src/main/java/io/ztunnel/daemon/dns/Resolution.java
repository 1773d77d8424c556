package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What a name means in the mesh. */
sealed interface Resolution {
    /** Nothing: name servers are to be asked. */
    record Elsewhere() implements Resolution {}

    /**
     * A service, also one without addresses for who asks.
     *
     * @param addresses of the family asked for, in no particular order; those of an empty answer
     *     are empty
     * @param canonical the name, without the final dot, that the addresses belong to and that the
     *     one asked for is an alias of; null when they belong to the name asked for
     * @param result in the log's words
     */
    record Found(List<IpAddress> addresses, @Nullable String canonical, String result)
            implements Resolution {}
}
