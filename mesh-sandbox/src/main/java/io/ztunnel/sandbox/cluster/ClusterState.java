package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.List;

/**
 * What a cluster holds.
 *
 * @param objects complete as the apiserver would return them, ordered by key
 * @param memory to be passed to the next call, and kept on disk across restarts
 * @param problems what the cluster could not do as asked
 */
public record ClusterState(List<KubeObject> objects, ClusterMemory memory, List<Problem> problems) {
    public ClusterState {
        objects = List.copyOf(objects);
        problems = List.copyOf(problems);
    }
}
