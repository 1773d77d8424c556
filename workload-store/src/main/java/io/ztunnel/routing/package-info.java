/**
 * Where an outbound connection goes: the pure {@link io.ztunnel.routing.Router} and its sealed
 * {@link io.ztunnel.routing.Route}, and the checks of inbound requests against the mesh.
 *
 * <p>Functions of an immutable {@link io.ztunnel.store.MeshView}; callable from any thread.
 */
@NullMarked
package io.ztunnel.routing;

import org.jspecify.annotations.NullMarked;
