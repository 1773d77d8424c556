/**
 * The sandbox and any ztunnel, end to end: real processes in network namespaces. Run by failsafe on
 * what {@code build/assemble} has put together; {@code ZTUNNEL_BIN} selects another ztunnel. Each
 * class brings up a sandbox of its own, once, and needs root.
 */
@NullMarked
package io.ztunnel.sandbox.e2e;

import org.jspecify.annotations.NullMarked;
