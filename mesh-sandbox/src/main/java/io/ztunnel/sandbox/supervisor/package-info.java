/**
 * The process that is the sandbox while it is up: it makes of manifests what the scheduler, the
 * kubelet, istio-cni and kube-proxy would make of them in a cluster.
 *
 * <p>All its state belongs to one thread, {@code sandbox-supervisor}; requests, ended processes and
 * edited manifests are posted to it. Captures block and have a thread for each node.
 */
@NullMarked
package io.ztunnel.sandbox.supervisor;

import org.jspecify.annotations.NullMarked;
