/**
 * HTTPRoutes at a waypoint: which rule a request meets, and what becomes of it.
 *
 * <p>{@link io.ztunnel.sandbox.waypoint.route.RouteTable} is compiled from manifests and immutable;
 * {@link io.ztunnel.sandbox.waypoint.route.RouteDecision} is a pure function but for the random
 * generator that it is given. Any thread may call.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint.route;

import org.jspecify.annotations.NullMarked;
