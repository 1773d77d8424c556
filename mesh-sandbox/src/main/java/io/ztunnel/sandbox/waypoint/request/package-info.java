/**
 * What routes and policies look at: the head of a request in its normal form.
 *
 * <p>Pure: no I/O, no clock, any thread.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint.request;

import org.jspecify.annotations.NullMarked;
