/**
 * What the mesh is: immutable workloads, services and policies, and the indexes over them.
 *
 * <p>One writer (the control thread) applies batches; readers on any thread take a {@link
 * io.ztunnel.store.MeshView} and never lock. Knows no socket.
 */
@NullMarked
package io.ztunnel.store;

import org.jspecify.annotations.NullMarked;
