/**
 * The DNS proxy of a pod: names of the mesh are answered from the store, everything else by the
 * name servers of ztunnel's own pod.
 *
 * <p>What a name means in the mesh ({@link io.ztunnel.daemon.dns.MeshNames}) is a pure function.
 * All the rest of a pod's proxy, its cache and its questions to name servers included, runs on the
 * pod's home loop and is confined to it.
 */
@NullMarked
package io.ztunnel.daemon.dns;

import org.jspecify.annotations.NullMarked;
