package io.ztunnel.xds;

import com.google.protobuf.CodedOutputStream;

import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.Node;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What we hold of one type, across connections: the name and version of every resource that was
 * accepted. Telling the server is the only way to learn what was deleted while we were away.
 */
final class Subscription {
    /**
     * What the versions of one request may take. gRPC servers read 4 MiB unless told otherwise, and
     * istiod is not; a request beyond that would fail each time anew.
     */
    static final int VERSIONS_BUDGET = 3 << 20;

    private static final String EVERYTHING = "*";

    private final ResourceType type;
    private final int versionsBudget;
    private final boolean onDemand;
    private final Map<String, String> versions = new HashMap<>();

    /** Asked for and not answered yet. */
    private final Set<String> wanted = new HashSet<>();

    /**
     * Held, but left out of the first request of this stream. As the server believes we lack them,
     * its first response brings all of them that still exist; where it tells only what it is asked
     * for, it is asked for them.
     */
    private final Set<String> untold = new HashSet<>();

    /** To everything. */
    Subscription(ResourceType type, int versionsBudget) {
        this(type, versionsBudget, false);
    }

    /**
     * @param onDemand to nothing but what is asked for, and what the server sends along
     */
    Subscription(ResourceType type, int versionsBudget, boolean onDemand) {
        this.type = type;
        this.versionsBudget = versionsBudget;
        this.onDemand = onDemand;
    }

    ResourceType type() {
        return type;
    }

    /**
     * The first request of a stream. Naming nothing subscribes to everything; subscribing to
     * everything and taking that back at once subscribes to nothing but the names held and wanted.
     */
    DeltaDiscoveryRequest initialRequest(Node node) {
        DeltaDiscoveryRequest.Builder request =
                DeltaDiscoveryRequest.newBuilder().setNode(node).setTypeUrl(type.url());
        if (onDemand) {
            request.addResourceNamesSubscribe(EVERYTHING).addResourceNamesUnsubscribe(EVERYTHING);
        }
        Map<String, String> told = new HashMap<>(versions);
        wanted.forEach(name -> told.putIfAbsent(name, ""));
        untold.clear();
        int size = 0;
        for (Map.Entry<String, String> entry : told.entrySet()) {
            size += sizeOf(entry.getKey(), entry.getValue());
            if (size <= versionsBudget) {
                request.putInitialResourceVersions(entry.getKey(), entry.getValue());
            } else {
                untold.add(entry.getKey());
            }
        }
        return request.build();
    }

    /** What follows the first request, to ask for names that had no room there. */
    List<DeltaDiscoveryRequest> furtherRequests() {
        if (!onDemand || untold.isEmpty()) {
            return List.of();
        }
        List<DeltaDiscoveryRequest> requests = new ArrayList<>();
        DeltaDiscoveryRequest.Builder request = subscribe(List.of());
        int size = 0;
        for (String name : untold) {
            size += sizeOf(name, "");
            if (size > versionsBudget && request.getResourceNamesSubscribeCount() > 0) {
                requests.add(request.build());
                request = subscribe(List.of());
                size = sizeOf(name, "");
            }
            request.addResourceNamesSubscribe(name);
        }
        requests.add(request.build());
        untold.clear();
        return requests;
    }

    /** No answer to anything: it changes what the server tells us of. */
    DeltaDiscoveryRequest.Builder subscribe(Collection<String> names) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.url())
                .addAllResourceNamesSubscribe(names);
    }

    DeltaDiscoveryRequest.Builder unsubscribe(Collection<String> names) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.url())
                .addAllResourceNamesUnsubscribe(names);
    }

    private static int sizeOf(String name, String version) {
        int frame = 4; // tag and length of the map entry
        return frame
                + CodedOutputStream.computeStringSize(1, name)
                + CodedOutputStream.computeStringSize(2, version);
    }

    /**
     * Names that were held before this stream, were not told to the server, and that its first
     * response did not bring. Empties itself.
     */
    Set<String> takeVanished(DeltaResponse response) {
        Set<String> vanished = new HashSet<>(untold);
        untold.clear();
        response.resources().forEach(resource -> vanished.remove(resource.name()));
        return vanished;
    }

    /** It is asked for, also by streams that begin before it is answered. */
    void want(String name) {
        wanted.add(name);
    }

    void unwant(String name) {
        wanted.remove(name);
    }

    boolean holds(String name) {
        return versions.containsKey(name);
    }

    void accepted(String name, String version) {
        versions.put(name, version);
    }

    void removed(String name) {
        versions.remove(name);
    }
}
