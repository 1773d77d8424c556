package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.ClusterSettings.DefaultNode;
import io.ztunnel.sandbox.cluster.IpFamily;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the user decides when a sandbox comes up.
 *
 * @param id see {@link io.ztunnel.sandbox.net.SandboxNames}
 * @param manifests the folder to read and watch
 * @param nodes how many nodes there are when the manifests hold no Node; 1 to 50
 * @param families the address families of pods, the first one preferred
 * @param ztunnel the program under test
 * @param waypoint what runs as waypoint
 * @param dnsCapture whether DNS of captured pods goes to ztunnel, and not to the sandbox's name
 *     server, which ztunnel asks in turn
 */
public record SandboxOptions(
        String id,
        Path manifests,
        int nodes,
        List<IpFamily> families,
        Path ztunnel,
        WaypointProxy waypoint,
        boolean dnsCapture) {
    private static final int MAX_NODES = 50;

    public SandboxOptions {
        families = List.copyOf(families);
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new IllegalArgumentException(
                    "--nodes " + nodes + " is not within 1.." + MAX_NODES);
        }
    }

    ClusterSettings settings() {
        List<DefaultNode> named = new ArrayList<>();
        for (int number = 1; number <= nodes; number++) {
            named.add(new DefaultNode("node" + number, "r1", "z" + number));
        }
        ClusterSettings base = ClusterSettings.DEFAULT;
        return new ClusterSettings(
                base.clusterDomain(),
                families,
                named,
                base.podRanges(),
                base.nodeRanges(),
                base.serviceRanges());
    }
}
