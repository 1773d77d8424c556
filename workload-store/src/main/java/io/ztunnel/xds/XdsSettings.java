package io.ztunnel.xds;

/** How to reach the control plane and who we are to it. */
public record XdsSettings(ControlPlane server, RequestHeaders headers, XdsNode node) {}
