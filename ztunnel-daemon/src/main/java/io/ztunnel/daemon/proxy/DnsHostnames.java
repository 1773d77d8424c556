package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ztunnel.store.IpAddress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Host names by the resolver configuration of ztunnel's own namespace, with a cache that honours
 * the records' lifetimes.
 */
final class DnsHostnames implements HostnameResolver, AutoCloseable {
    private static final long QUERY_TIMEOUT_MILLIS = 5000;
    private static final int MAX_NAMES = 4096;

    private final DnsNameResolver resolver;

    /**
     * @param ipv6 whether to ask for IPv6 addresses too
     */
    DnsHostnames(EventLoop loop, boolean ipv6) {
        this.resolver =
                new DnsNameResolverBuilder(loop)
                        .datagramChannelType(EpollDatagramChannel.class)
                        .queryTimeoutMillis(QUERY_TIMEOUT_MILLIS)
                        .resolveCache(new BoundedDnsCache(MAX_NAMES))
                        .resolvedAddressTypes(
                                ipv6
                                        ? ResolvedAddressTypes.IPV4_PREFERRED
                                        : ResolvedAddressTypes.IPV4_ONLY)
                        .completeOncePreferredResolved(false)
                        .build();
    }

    @Override
    public Future<IpAddress> resolve(String hostname, IpAddress like, EventLoop loop) {
        Promise<IpAddress> result = loop.newPromise();
        resolver.resolveAll(hostname)
                .addListener(
                        (Future<List<InetAddress>> answer) -> {
                            if (!answer.isSuccess()) {
                                result.tryFailure(answer.cause());
                                return;
                            }
                            List<IpAddress> all =
                                    answer.getNow().stream().map(IpAddress::of).toList();
                            List<IpAddress> preferred =
                                    all.stream().filter(ip -> ip.isV4() == like.isV4()).toList();
                            List<IpAddress> choice = preferred.isEmpty() ? all : preferred;
                            if (choice.isEmpty()) {
                                result.tryFailure(new UnknownHostException(hostname));
                            } else {
                                result.trySuccess(
                                        choice.get(
                                                ThreadLocalRandom.current()
                                                        .nextInt(choice.size())));
                            }
                        });
        return result;
    }

    @Override
    public void close() {
        resolver.close();
    }
}
