package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one client holds of one type, and what it must be sent. One response is outstanding at a
 * time: changes that come before its answer are sent together afterwards. Not thread-safe.
 */
final class Subscription {
    private final String typeUrl;
    private final Map<String, String> held;
    private boolean answered;
    private long nextNonce = 1;
    private @Nullable String awaited;

    /**
     * @param held name to version, as the client tells when it connects
     */
    Subscription(String typeUrl, Map<String, String> held) {
        this.typeUrl = typeUrl;
        this.held = new HashMap<>(held);
    }

    /**
     * The next response, or null when there is nothing to say or the last one is not answered yet.
     * The first response is sent even if it is empty: clients wait for it.
     */
    @Nullable DeltaDiscoveryResponse next(ResourceSet resources) {
        if (awaited != null) {
            return null;
        }
        Map<String, ResourceSet.Item> wanted = resources.of(typeUrl);
        DeltaDiscoveryResponse.Builder response =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(typeUrl);
        wanted.forEach(
                (name, item) -> {
                    if (!item.version().equals(held.get(name))) {
                        held.put(name, item.version());
                        response.addResources(
                                Resource.newBuilder()
                                        .setName(name)
                                        .setVersion(item.version())
                                        .setResource(item.body()));
                    }
                });
        List<String> gone = new ArrayList<>(held.keySet());
        gone.removeAll(wanted.keySet());
        gone.sort(null);
        held.keySet().removeAll(gone);
        response.addAllRemovedResources(gone);
        if (answered && response.getResourcesCount() == 0 && gone.isEmpty()) {
            return null;
        }
        answered = true;
        awaited = Long.toHexString(nextNonce++);
        return response.setNonce(awaited).build();
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
