/**
 * Istio's standard metrics as a waypoint reports them ({@code reporter="waypoint"}), and the port
 * where Prometheus reads them.
 *
 * <p>{@link io.ztunnel.sandbox.waypoint.telemetry.Telemetry} may be called from any thread.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint.telemetry;

import org.jspecify.annotations.NullMarked;
