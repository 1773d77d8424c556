/**
 * How traffic gets to us: the ZDS client that learns which pods to serve, sockets inside the pods'
 * network namespaces, the in-pod rule set, and a node agent that speaks the other side of ZDS.
 *
 * <p>The pod manager has a thread of its own; pod sockets may be created on any platform thread.
 *
 * <p>What is done otherwise than in the reference ztunnel: pending pods are tried one at a time, so
 * that no answer to the agent waits for all of them; a descriptor that is no network namespace is
 * refused and forgotten; an agent that drops us before its snapshot is complete is met with a
 * growing delay; connections from a client's address take their port at connect, so that one client
 * is not limited to as many connections as there are ports.
 */
@NullMarked
package io.ztunnel.redirection;

import org.jspecify.annotations.NullMarked;
