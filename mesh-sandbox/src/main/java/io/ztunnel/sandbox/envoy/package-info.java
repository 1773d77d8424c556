/**
 * A real Envoy as waypoint: what the control plane says, as an Envoy configuration, and the process
 * that keeps an Envoy supplied with it.
 *
 * <p>The configuration is made by pure functions of a {@link
 * io.ztunnel.sandbox.waypoint.WaypointState}; it means what the embedded waypoint does. Any thread
 * may call them.
 */
@NullMarked
package io.ztunnel.sandbox.envoy;

import org.jspecify.annotations.NullMarked;
