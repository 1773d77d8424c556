/**
 * How traffic gets to us: the ZDS client that learns which pods to serve, sockets inside the pods'
 * network namespaces, the in-pod rule set, and a node agent that speaks the other side of ZDS.
 *
 * <p>The pod manager has a thread of its own; pod sockets may be created on any platform thread.
 */
@NullMarked
package io.ztunnel.redirection;

import org.jspecify.annotations.NullMarked;
