/**
 * The ends of connections that scenarios hold: applications' sockets, and HBONE clients and servers
 * on stock Netty codecs. Sockets are made in network namespaces by platform threads; what they do
 * is recorded in an {@link io.ztunnel.sandbox.conformance.peer.Inbox}, where any thread may wait.
 */
@NullMarked
package io.ztunnel.sandbox.conformance.peer;

import org.jspecify.annotations.NullMarked;
