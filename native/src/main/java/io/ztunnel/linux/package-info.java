/**
 * The few Linux calls that neither the JDK nor Netty has, through the Foreign Function and Memory
 * API: network namespaces, SEQPACKET sockets that pass file descriptors, pipes that sockets are
 * spliced through, resource limits.
 *
 * <p>Knows nothing of Istio. May be called from any platform thread; never from a virtual thread.
 */
@NullMarked
package io.ztunnel.linux;

import org.jspecify.annotations.NullMarked;
