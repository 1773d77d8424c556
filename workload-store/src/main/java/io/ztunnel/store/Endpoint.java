package io.ztunnel.store;

/** One workload's membership in one service. */
public record Endpoint(String workloadUid, PortMap ports, Workload.Health status) {}
