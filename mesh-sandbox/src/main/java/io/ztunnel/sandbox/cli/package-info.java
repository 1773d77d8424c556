/**
 * The command {@code ztunnel-sandbox}. Each subcommand is a class; all but {@code up} and {@code
 * supervise} ask a running supervisor or read its files.
 */
@NullMarked
package io.ztunnel.sandbox.cli;

import org.jspecify.annotations.NullMarked;
