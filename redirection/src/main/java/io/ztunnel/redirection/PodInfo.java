package io.ztunnel.redirection;

/**
 * What the node agent says of a pod.
 *
 * @param uid the Kubernetes pod UID
 */
public record PodInfo(String uid, String name, String namespace, String serviceAccount) {}
