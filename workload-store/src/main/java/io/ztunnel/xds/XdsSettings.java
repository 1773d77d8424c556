package io.ztunnel.xds;

/**
 * How to reach the control plane and who we are to it.
 *
 * @param onDemand whether workloads and services are asked for when they are needed, instead of all
 *     being told
 */
public record XdsSettings(
        ControlPlane server, RequestHeaders headers, XdsNode node, boolean onDemand) {}
