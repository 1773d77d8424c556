package io.ztunnel.routing;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

/**
 * One outbound connection to be routed.
 *
 * @param source the pod's own workload
 * @param target what the application dialled
 */
record Lookup(MeshView view, Workload source, HostPort target, Trace trace) {}
