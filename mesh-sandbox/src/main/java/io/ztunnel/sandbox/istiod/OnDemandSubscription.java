package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The client is told of the addresses that it asks for, and unasked of the workloads of its own
 * node, as istiod does: a service comes with its workloads, a name that nothing has is answered as
 * removed, and one that is subscribed to already is not answered again.
 */
final class OnDemandSubscription implements Subscription {
    private final String node;

    /** As the client knows them, and by the names of what it was sent. */
    private final Set<String> followed = new HashSet<>();

    /** What the client has: name to version. */
    private final Map<String, String> sent = new HashMap<>();

    private final Set<String> asked = new LinkedHashSet<>();
    private boolean stale = true;

    /** Every change of what is followed is answered, if only with nothing. */
    private boolean owed = true;

    private final Outstanding outstanding = new Outstanding();

    /**
     * @param node whose workloads the client is told of unasked
     * @param held name to version, as the client tells when it connects; what it has asked for in
     *     vain has no version
     */
    OnDemandSubscription(String node, Map<String, String> held) {
        this.node = node;
        followed.addAll(held.keySet());
        asked.addAll(held.keySet());
        held.forEach(
                (name, version) -> {
                    if (!version.isEmpty()) {
                        sent.put(name, version);
                    }
                });
    }

    @Override
    public void changed(String name, @Nullable Resource before) {
        stale = true;
    }

    @Override
    public void follow(List<String> more, List<String> fewer) {
        for (String name : more) {
            if (followed.add(name)) {
                asked.add(name);
                owed = true;
            }
        }
        for (String name : fewer) {
            asked.remove(name);
            owed |= followed.remove(name);
        }
    }

    @Override
    public @Nullable DeltaDiscoveryResponse next(SortedMap<String, Resource> served) {
        if (outstanding.isThere() || !(stale || owed)) {
            return null;
        }
        List<ServedAddress> addresses = served.values().stream().map(ServedAddress::of).toList();
        DeltaDiscoveryResponse.Builder response =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(DiscoveryService.ADDRESS);
        Set<String> missing = new LinkedHashSet<>(asked);
        for (ServedAddress address : wanted(addresses)) {
            missing.removeIf(address::isCalled);
            followed.add(address.name());
            String version = address.resource().getVersion();
            boolean named = asked.stream().anyMatch(address::isCalled);
            if (!version.equals(sent.put(address.name(), version)) || named) {
                response.addResources(address.resource());
            }
        }
        for (String name : List.copyOf(sent.keySet())) {
            if (!served.containsKey(name)) {
                sent.remove(name);
                missing.add(name);
            }
        }
        response.addAllRemovedResources(missing);
        boolean empty = response.getResourcesCount() == 0 && missing.isEmpty();
        boolean say = owed || !empty;
        asked.clear();
        stale = false;
        owed = false;
        if (!say) {
            return null;
        }
        return response.setNonce(outstanding.begin()).build();
    }

    /** What is followed, and what comes with it. */
    private List<ServedAddress> wanted(List<ServedAddress> addresses) {
        Map<String, ServedAddress> wanted = new TreeMap<>();
        Set<String> services = new HashSet<>();
        for (ServedAddress address : addresses) {
            boolean follows = followed.stream().anyMatch(address::isCalled);
            if (follows || address.runsOn(node)) {
                wanted.put(address.name(), address);
            }
            if (follows && address.isService()) {
                services.add(address.name());
            }
        }
        for (ServedAddress address : addresses) {
            if (address.isIn(services)) {
                wanted.put(address.name(), address);
            }
        }
        return new ArrayList<>(wanted.values());
    }

    @Override
    public boolean isSettled() {
        return !outstanding.isThere() && !stale && !owed;
    }

    @Override
    public boolean acknowledged(String nonce) {
        return outstanding.acknowledged(nonce);
    }
}
