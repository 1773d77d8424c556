package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a client is about to do.
 *
 * @param source address of the client's pod
 * @param dialled address and port, of the service or of the workload
 * @param request empty for a connection that is not HTTP
 */
public record Attempted(
        Client client,
        InetAddress source,
        InetSocketAddress dialled,
        Optional<RequestHead> request) {}
