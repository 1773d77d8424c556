/**
 * The applications of the sandbox: one small process a pod. Bookinfo's four services by their
 * published HTTP interface, and a TCP echo.
 *
 * <p>Plain JDK servers; they know nothing of the mesh, which is the point.
 */
@NullMarked
package io.ztunnel.sandbox.apps;

import org.jspecify.annotations.NullMarked;
