/**
 * Scenarios as they are written down: strict readers of YAML, the parsed form as records, and the
 * resources of xDS with names in place of addresses. Pure; nothing here opens a socket.
 */
@NullMarked
package io.ztunnel.sandbox.conformance.scenario;

import org.jspecify.annotations.NullMarked;
