package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.ztunnel.store.IpAddress;

/** Resolves destinations that the mesh knows by host name only, in ztunnel's own namespace. */
@FunctionalInterface
public interface HostnameResolver {
    /**
     * @param like an address whose family is preferred among the answers
     * @return one address at random; completes on the loop, with UnknownHostException if there is
     *     none
     */
    Future<IpAddress> resolve(String hostname, IpAddress like, EventLoop loop);
}
