package io.ztunnel.xds;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * A server of the control plane: where it is and how we know that it is the one. Always TLS, and
 * only the server shows a certificate.
 *
 * @param address {@code https://host:port}, without a port 443
 * @param alternateHostname a further name that the server's certificate may carry; the TLS server
 *     name that is sent stays the address's host
 * @param tls12 also accept TLS 1.2
 * @param postQuantumOnly accept nothing but the X25519MLKEM768 key agreement
 */
public record ControlPlane(
        URI address,
        RootCertificates roots,
        @Nullable String alternateHostname,
        boolean tls12,
        boolean postQuantumOnly) {

    private static final int DEFAULT_PORT = 443;
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int MAX_METADATA_BYTES = 64 << 10;

    /**
     * @throws IllegalArgumentException for an address that can never work
     */
    public ControlPlane {
        checkAddress(address);
    }

    /**
     * @throws IllegalArgumentException for an address that can never work
     */
    public static void checkAddress(URI address) {
        int port = address.getPort();
        if (!"https".equals(address.getScheme())
                || address.getHost() == null
                || port == 0
                || port > 65_535) {
            throw new IllegalArgumentException(
                    "the control plane's address must be https://host:port, not: " + address);
        }
    }

    /** A name, or an IP literal without brackets. */
    public String host() {
        String host = address.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** 1 to 65535. */
    public int port() {
        return address.getPort() < 0 ? DEFAULT_PORT : address.getPort();
    }

    /**
     * Opens a channel with the roots as they are now. It connects with its first call; everything
     * but the resolution of names runs on the loop.
     *
     * @param maxMessageBytes of one received message
     * @param loop an epoll loop; it also runs the calls' listeners
     * @return the caller shuts it down
     * @throws IOException when the roots cannot be read or used, or TLS cannot do what is asked
     */
    public ManagedChannel open(int maxMessageBytes, EventLoop loop) throws IOException {
        // Not a target of our own making: brackets of an IPv6 address must be quoted in its path.
        return NettyChannelBuilder.forAddress(host(), port())
                .sslContext(ControlPlaneTls.context(this))
                .eventLoopGroup(loop)
                .channelType(EpollSocketChannel.class)
                .executor(loop)
                .withOption(ChannelOption.ALLOCATOR, ByteBufAllocator.DEFAULT)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .withOption(ChannelOption.SO_KEEPALIVE, true)
                .withOption(EpollChannelOption.TCP_KEEPIDLE, 300)
                .withOption(EpollChannelOption.TCP_KEEPINTVL, 75)
                .withOption(EpollChannelOption.TCP_KEEPCNT, 9)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .maxInboundMessageSize(maxMessageBytes)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .disableRetry()
                .disableServiceConfigLookUp()
                // A proxy for the pods' web traffic is none for the control plane.
                .proxyDetector(_ -> null)
                .build();
    }
}
