/**
 * What the outside sees of us: log lines, the access log, and metrics, in the reference's formats.
 *
 * <p>Anyone may log or count, from any thread; neither ever waits. A {@link
 * io.ztunnel.daemon.telemetry.ConnectionRecord} belongs to the event loop of its connection.
 */
@NullMarked
package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.NullMarked;
