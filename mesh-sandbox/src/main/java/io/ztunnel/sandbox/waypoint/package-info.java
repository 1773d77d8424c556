/**
 * A waypoint on stock Netty codecs: HBONE in, HTTP by routes and policies or TCP to the endpoints,
 * HBONE out. It shares no tunnel code with ztunnel, so that one mistake cannot hide in both ends.
 *
 * <p>Each accepted tunnel and everything behind it lives on one event loop.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint;

import org.jspecify.annotations.NullMarked;
