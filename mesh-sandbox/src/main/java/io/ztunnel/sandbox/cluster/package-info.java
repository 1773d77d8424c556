/**
 * What a Kubernetes cluster makes of manifests, without a cluster: defaulting, controllers,
 * scheduling, addresses and status.
 *
 * <p>{@link io.ztunnel.sandbox.cluster.Cluster#materialize} is a pure function of the manifests,
 * the settings, what was allocated before and what is known of the running pods. Everything is
 * immutable and callable from any thread; only {@link io.ztunnel.sandbox.cluster.ClusterMemoryFile}
 * touches a disk.
 */
@NullMarked
package io.ztunnel.sandbox.cluster;

import org.jspecify.annotations.NullMarked;
