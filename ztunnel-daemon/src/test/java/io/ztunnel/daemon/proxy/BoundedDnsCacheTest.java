package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;

class BoundedDnsCacheTest {
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = loops.next();
    private final BoundedDnsCache cache = new BoundedDnsCache(3);

    @AfterEach
    void stop() throws Exception {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private void cache(String name) throws Exception {
        loop.submit(() -> cache.cache(name, null, InetAddress.ofLiteral("10.0.0.1"), 600, loop))
                .sync();
    }

    private boolean has(String name) throws Exception {
        return loop.submit(() -> cache.get(name, null)).get(5, TimeUnit.SECONDS) != null;
    }

    @Test
    void oneNameTooManyBeginsAnew() throws Exception {
        cache("a.");
        cache("b.");
        cache("c.");
        cache("c.");
        assertThat(has("a.")).isTrue();
        assertThat(has("c.")).isTrue();
        cache("d.");
        assertThat(has("a.")).isFalse();
        assertThat(has("c.")).isFalse();
        assertThat(has("d.")).isTrue();
    }
}
