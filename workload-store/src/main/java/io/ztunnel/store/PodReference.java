package io.ztunnel.store;

/** What the node agent tells of a pod: enough to find its workload, together with the own node. */
public record PodReference(String name, String namespace, String serviceAccount) {}
