/**
 * The ztunnel program: reads the configuration, wires the parts, runs until told to stop.
 *
 * <p>Nothing depends on this package; it depends on everything.
 */
@NullMarked
package io.ztunnel.daemon;

import org.jspecify.annotations.NullMarked;
