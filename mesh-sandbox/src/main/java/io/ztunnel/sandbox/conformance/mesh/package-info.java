/**
 * A running mesh for scenarios: namespaces without an uplink, a control plane that serves what it
 * is given, and ztunnels that see nothing but their public contracts. What is asked of a ztunnel is
 * what an operator could ask: log, metrics, admin pages, signals.
 *
 * <p>Calls block and belong on platform threads, one caller at a time.
 */
@NullMarked
package io.ztunnel.sandbox.conformance.mesh;

import org.jspecify.annotations.NullMarked;
