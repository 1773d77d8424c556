/**
 * What operators ask a running ztunnel: configuration dump, readiness, metrics, log levels.
 *
 * <p>Everything runs on the {@code ztunnel-admin} thread and only reads immutable views; what must
 * see a worker loop posts a task to it and gathers.
 */
@NullMarked
package io.ztunnel.daemon.admin;

import org.jspecify.annotations.NullMarked;
