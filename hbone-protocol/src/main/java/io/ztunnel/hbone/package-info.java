/**
 * The tunnel: HTTP/2 CONNECT over mutual TLS, its client, server and pool, and the relay that joins
 * a tunnel stream with an application's socket.
 *
 * <p>Knows SPIFFE URIs and sockets, no workload. Everything of one connection runs on the event
 * loop of its channel; only what says so may be called from elsewhere.
 */
@NullMarked
package io.ztunnel.hbone;

import org.jspecify.annotations.NullMarked;
