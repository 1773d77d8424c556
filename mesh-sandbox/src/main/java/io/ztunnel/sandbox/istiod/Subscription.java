package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SortedMap;

/** What one client lacks of one type. Not thread-safe. */
interface Subscription {
    /** Notes that a served resource changed, appeared or went. */
    void changed(String name, @Nullable Resource before);

    /** The client asks for names, or gives them back. */
    void follow(List<String> more, List<String> fewer);

    /**
     * The next response, or null when there is nothing to say or the last one is not answered yet.
     * The first response is sent even if it is empty: clients wait for it.
     *
     * @param served everything of this type; each difference to the call before was noted
     */
    @Nullable DeltaDiscoveryResponse next(SortedMap<String, Resource> served);

    /** Whether the client was told all that it follows, and has answered. */
    boolean isSettled();

    /**
     * @return false for the answer to an older response, which means nothing
     */
    boolean acknowledged(String nonce);
}
