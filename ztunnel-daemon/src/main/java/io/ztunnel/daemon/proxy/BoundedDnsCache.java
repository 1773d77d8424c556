package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DefaultDnsCache;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Netty's cache of DNS answers with a bound on its names, which a pod may choose. Full, it begins
 * anew: that is rare, and an answer can be had again. Thread-safe.
 */
final class BoundedDnsCache implements DnsCache {
    private final DnsCache cache = new DefaultDnsCache();
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final int limit;

    /**
     * @param limit names; a few more for a moment when several threads cache at once
     */
    BoundedDnsCache(int limit) {
        this.limit = limit;
    }

    private void makeRoom(String hostname) {
        if (names.add(hostname) && names.size() > limit) {
            clear();
            names.add(hostname);
        }
    }

    @Override
    public void clear() {
        names.clear();
        cache.clear();
    }

    @Override
    public boolean clear(String hostname) {
        names.remove(hostname);
        return cache.clear(hostname);
    }

    @Override
    public @Nullable List<? extends DnsCacheEntry> get(
            String hostname, DnsRecord @Nullable [] additionals) {
        return cache.get(hostname, additionals);
    }

    @Override
    public DnsCacheEntry cache(
            String hostname,
            DnsRecord @Nullable [] additionals,
            InetAddress address,
            long originalTtl,
            EventLoop loop) {
        makeRoom(hostname);
        return cache.cache(hostname, additionals, address, originalTtl, loop);
    }

    @Override
    public DnsCacheEntry cache(
            String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
        makeRoom(hostname);
        return cache.cache(hostname, additionals, cause, loop);
    }
}
