package io.ztunnel.lb;

import io.ztunnel.store.Workload;

/**
 * The endpoint that was picked.
 *
 * @param port the port to reach it on, 1-65535: the service port after mapping
 */
public record Choice(Workload workload, int port) {}
