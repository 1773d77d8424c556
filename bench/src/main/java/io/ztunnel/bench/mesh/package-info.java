/**
 * The mesh that a candidate is measured in: brought up with the sandbox's own command, looked at
 * through its status, /proc and sockets inside its pods. On the thread of the benchmark.
 */
@NullMarked
package io.ztunnel.bench.mesh;

import org.jspecify.annotations.NullMarked;
