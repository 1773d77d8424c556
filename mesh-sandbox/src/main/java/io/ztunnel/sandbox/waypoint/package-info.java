/**
 * A waypoint on stock Netty codecs: HBONE in, HTTP/1.1 or TCP to the endpoints of the service that
 * was dialled, HBONE out. It shares no tunnel code with ztunnel, so that one mistake cannot hide in
 * both ends.
 *
 * <p>Each accepted tunnel and everything behind it lives on one event loop.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint;

import org.jspecify.annotations.NullMarked;
