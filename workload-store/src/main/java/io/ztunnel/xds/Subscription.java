package io.ztunnel.xds;

import com.google.protobuf.CodedOutputStream;

import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.Node;

import java.util.HashMap;
import java.util.HashSet;
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

    private final ResourceType type;
    private final int versionsBudget;
    private final Map<String, String> versions = new HashMap<>();

    /**
     * Held, but left out of the request of this stream. As the server believes we lack them, its
     * first response brings all of them that still exist.
     */
    private final Set<String> untold = new HashSet<>();

    Subscription(ResourceType type, int versionsBudget) {
        this.type = type;
        this.versionsBudget = versionsBudget;
    }

    ResourceType type() {
        return type;
    }

    /** The first request of a stream. Naming nothing subscribes to everything. */
    DeltaDiscoveryRequest initialRequest(Node node) {
        DeltaDiscoveryRequest.Builder request =
                DeltaDiscoveryRequest.newBuilder().setNode(node).setTypeUrl(type.url());
        untold.clear();
        int size = 0;
        for (Map.Entry<String, String> entry : versions.entrySet()) {
            size += sizeOf(entry);
            if (size <= versionsBudget) {
                request.putInitialResourceVersions(entry.getKey(), entry.getValue());
            } else {
                untold.add(entry.getKey());
            }
        }
        return request.build();
    }

    private static int sizeOf(Map.Entry<String, String> entry) {
        int frame = 4; // tag and length of the map entry
        return frame
                + CodedOutputStream.computeStringSize(1, entry.getKey())
                + CodedOutputStream.computeStringSize(2, entry.getValue());
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

    void accepted(String name, String version) {
        versions.put(name, version);
    }

    void removed(String name) {
        versions.remove(name);
    }
}
