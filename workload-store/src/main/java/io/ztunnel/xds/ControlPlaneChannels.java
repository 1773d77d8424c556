package io.ztunnel.xds;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/** Opens connections to the control plane; everything but name resolution runs on one loop. */
final class ControlPlaneChannels implements ChannelSource {
    /** A push of a whole large mesh is one message. */
    private static final int MAX_MESSAGE_BYTES = 200 << 20;

    private static final int CONNECT_TIMEOUT_MS = 5_000;

    private final XdsSettings settings;
    private final EventLoop control;

    ControlPlaneChannels(XdsSettings settings, EventLoop control) {
        this.settings = settings;
        this.control = control;
    }

    @Override
    public ManagedChannel open() throws IOException, GeneralSecurityException {
        // Not a target of our own making: brackets of an IPv6 address must be quoted in its path.
        return NettyChannelBuilder.forAddress(settings.address().getHost(), settings.port())
                .sslContext(ControlPlaneTls.context(settings))
                .eventLoopGroup(control)
                .channelType(EpollSocketChannel.class)
                .executor(control)
                .withOption(ChannelOption.ALLOCATOR, ByteBufAllocator.DEFAULT)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .withOption(ChannelOption.SO_KEEPALIVE, true)
                .withOption(EpollChannelOption.TCP_KEEPIDLE, 300)
                .withOption(EpollChannelOption.TCP_KEEPINTVL, 75)
                .withOption(EpollChannelOption.TCP_KEEPCNT, 9)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .disableRetry()
                .disableServiceConfigLookUp()
                // A proxy for the pods' web traffic is none for the control plane.
                .proxyDetector(_ -> null)
                .build();
    }
}
