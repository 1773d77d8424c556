package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The tunnels of one event loop: one to each pod, and a further one when that carries as many
 * streams as it may. Confined to the loop.
 */
final class Tunnels {
    static final int HBONE_PORT = 15008;

    private final EventLoop loop;
    private final int port;
    private final Supplier<MeshIdentity> identity;
    private final Map<InetAddress, List<Tunnel>> byPod = new HashMap<>();

    /**
     * @param port of every pod's HBONE server
     * @param identity asked when a tunnel is made, so that a renewed one is taken up
     */
    Tunnels(EventLoop loop, int port, Supplier<MeshIdentity> identity) {
        this.loop = loop;
        this.port = port;
        this.identity = identity;
    }

    /**
     * A stream to an address of a pod.
     *
     * @return fails with a {@link DialException}
     */
    Future<Channel> open(InetSocketAddress target) {
        return tunnel(target.getAddress()).open(target);
    }

    private Tunnel tunnel(InetAddress pod) {
        List<Tunnel> tunnels = byPod.computeIfAbsent(pod, _ -> new ArrayList<>());
        for (Tunnel tunnel : tunnels) {
            if (tunnel.takesMore()) {
                return tunnel;
            }
        }
        Tunnel fresh = Tunnel.connect(loop, new InetSocketAddress(pod, port), identity.get());
        tunnels.add(fresh);
        fresh.closeFuture().addListener(_ -> forget(pod, fresh));
        return fresh;
    }

    private void forget(InetAddress pod, Tunnel tunnel) {
        byPod.computeIfPresent(
                pod,
                (_, tunnels) -> {
                    tunnels.remove(tunnel);
                    return tunnels.isEmpty() ? null : tunnels;
                });
    }
}
