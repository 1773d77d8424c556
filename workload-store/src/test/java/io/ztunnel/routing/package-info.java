/**
 * Tests of routing, and {@link io.ztunnel.routing.TestMesh}, the mesh that tests of decisions are
 * written in.
 */
@NullMarked
package io.ztunnel.routing;

import org.jspecify.annotations.NullMarked;
