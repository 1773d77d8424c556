/**
 * The command line: run the proxy, or ask a running one (or a dump of one) what it knows.
 *
 * <p>Short-lived, single-threaded; talks to a running ztunnel over its admin port only.
 */
@NullMarked
package io.ztunnel.daemon.cli;

import org.jspecify.annotations.NullMarked;
