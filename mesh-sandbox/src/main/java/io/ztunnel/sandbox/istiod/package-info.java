/**
 * The control plane as a process of its own: delta xDS and the certificate service on one TLS port,
 * fed by a file of post-default Kubernetes objects that it watches.
 *
 * <p>One thread ({@code istiod}) owns the snapshot and every stream; gRPC calls are handed to it.
 */
@NullMarked
package io.ztunnel.sandbox.istiod;

import org.jspecify.annotations.NullMarked;
