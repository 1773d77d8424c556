package io.ztunnel.routing;

/**
 * What decisions need to know of this ztunnel.
 *
 * @param network the network of this node; "" is the default one
 * @param hbonePort where peers of this mesh accept tunnels, 15008
 * @param localhostAppTunnel whether an application that takes the PROXY protocol is reached on its
 *     loopback address rather than on the pod's own
 */
public record RoutingConfig(
        String network, int hbonePort, OwnPorts ownPorts, boolean localhostAppTunnel) {}
