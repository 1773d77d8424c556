package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The client is told everything of its type. One response is outstanding at a time: changes that
 * come before its answer are sent together afterwards. Only the first response looks at every
 * resource; from then on the client has what is served but for the changes that are noted here. Not
 * thread-safe.
 */
final class WholeSubscription implements Subscription {
    private final String typeUrl;

    /** What the client had when it came; null once it was told the difference. */
    private @Nullable Map<String, String> initial;

    /** Names whose content may differ from what the client has, with the version that it has. */
    private final Map<String, Optional<String>> changed = new TreeMap<>();

    private final Outstanding outstanding = new Outstanding();

    /**
     * @param held name to version, as the client tells when it connects
     */
    WholeSubscription(String typeUrl, Map<String, String> held) {
        this.typeUrl = typeUrl;
        this.initial = new HashMap<>(held);
    }

    @Override
    public void changed(String name, @Nullable Resource before) {
        if (initial == null) {
            changed.putIfAbsent(name, Optional.ofNullable(before).map(Resource::getVersion));
        }
    }

    @Override
    public void follow(List<String> more, List<String> fewer) {}

    @Override
    public @Nullable DeltaDiscoveryResponse next(SortedMap<String, Resource> served) {
        if (outstanding.isThere()) {
            return null;
        }
        DeltaDiscoveryResponse.Builder response =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(typeUrl);
        if (initial != null) {
            addDifference(initial, served, response);
            initial = null;
        } else {
            addChanges(served, response);
            if (response.getResourcesCount() == 0 && response.getRemovedResourcesCount() == 0) {
                return null;
            }
        }
        return response.setNonce(outstanding.begin()).build();
    }

    private static void addDifference(
            Map<String, String> held,
            SortedMap<String, Resource> served,
            DeltaDiscoveryResponse.Builder response) {
        served.forEach(
                (name, resource) -> {
                    if (!resource.getVersion().equals(held.get(name))) {
                        response.addResources(resource);
                    }
                });
        held.keySet().stream()
                .filter(name -> !served.containsKey(name))
                .sorted()
                .forEach(response::addRemovedResources);
    }

    private void addChanges(
            SortedMap<String, Resource> served, DeltaDiscoveryResponse.Builder response) {
        changed.forEach(
                (name, held) -> {
                    Resource now = served.get(name);
                    if (now == null && held.isPresent()) {
                        response.addRemovedResources(name);
                    } else if (now != null && !now.getVersion().equals(held.orElse(null))) {
                        response.addResources(now);
                    }
                });
        changed.clear();
    }

    @Override
    public boolean isSettled() {
        return initial == null && !outstanding.isThere() && changed.isEmpty();
    }

    @Override
    public boolean acknowledged(String nonce) {
        return outstanding.acknowledged(nonce);
    }
}
