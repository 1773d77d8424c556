/**
 * What the environment says: every knob with its name, default, meaning and parser, read once at
 * start into an immutable {@link io.ztunnel.daemon.config.Config}.
 *
 * <p>Pure apart from {@link io.ztunnel.daemon.config.FileProbe}. A bad value ends the start with a
 * {@link io.ztunnel.daemon.config.ConfigException} that names the variable. Callable from any
 * thread.
 */
@NullMarked
package io.ztunnel.daemon.config;

import org.jspecify.annotations.NullMarked;
