package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.ztunnel.linux.HomeNamespace;
import io.ztunnel.linux.LinuxException;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.SocketSettings.Keepalive;
import io.ztunnel.redirection.SocketSettings.OriginalSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The options of sockets, in the namespace the test runs in. */
@Timeout(30)
class PodSocketsTest {
    private static final SocketSettings DEFAULTS = SocketSettings.defaults();

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @AfterEach
    void stop() throws IOException {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        assertThat(HomeNamespace.strays()).isEmpty();
    }

    private static NamespaceNetwork network(SocketSettings settings) throws IOException {
        return new NamespaceNetwork(NetworkNamespace.current(), settings);
    }

    private static void discard(Channel channel) {
        channel.unsafe().closeForcibly();
    }

    @Test
    void everySocketOfAPodIsMarked() throws IOException {
        try (var network = network(DEFAULTS)) {
            for (Channel channel :
                    new Channel[] {
                        network.newListener(),
                        network.newLocalListener(false),
                        network.newClient(true),
                        network.newClient(false),
                        network.newDatagram(true)
                    }) {
                assertThat(channel.config().getOption(SocketOptions.SO_MARK)).isEqualTo(0x539);
                assertThat(SocketOptions.netnsCookie(channel)).isEqualTo(network.cookie());
                discard(channel);
            }
        }
    }

    @Test
    void clientsGiveUpAfterTenSeconds() throws IOException {
        for (PodNetwork network : List.of(network(DEFAULTS), new OwnNetwork(DEFAULTS))) {
            EpollSocketChannel client = network.newClient(false);
            assertThat(client.config().getConnectTimeoutMillis()).isEqualTo(10_000);
            discard(client);
            network.close();
        }
    }

    @Test
    void socketsOfDedicatedModeAreMarkedWhenTheyDialAndTransparentWhenTheyListen()
            throws IOException {
        try (var network = OwnNetwork.dedicated(DEFAULTS)) {
            EpollServerSocketChannel listener = network.newListener();
            EpollSocketChannel client = network.newClient(false);
            assertThat(listener.config().getOption(SocketOptions.SO_MARK)).isZero();
            assertThat(listener.config().isReusePort()).isFalse();
            assertThat(network.isTransparent(listener)).isTrue();
            EpollDatagramChannel datagram = network.newDatagram(false);
            assertThat(client.config().getOption(SocketOptions.SO_MARK)).isEqualTo(0x539);
            assertThat(datagram.config().getOption(SocketOptions.SO_MARK)).isEqualTo(0x539);
            discard(listener);
            discard(client);
            discard(datagram);
        }
    }

    @Test
    void ownSocketsAreNeitherMarkedNorSharedNorTransparent() throws IOException {
        try (var network = new OwnNetwork(DEFAULTS)) {
            EpollServerSocketChannel listener = network.newListener();
            EpollSocketChannel client = network.newClient(false);
            assertThat(listener.config().getOption(SocketOptions.SO_MARK)).isZero();
            assertThat(client.config().getOption(SocketOptions.SO_MARK)).isZero();
            assertThat(listener.config().isReusePort()).isFalse();
            assertThat(network.isTransparent(listener)).isFalse();
            assertThat(SocketOptions.netnsCookie(listener)).isEqualTo(network.cookie());
            discard(listener);
            discard(client);
        }
    }

    @ParameterizedTest
    @EnumSource
    void listenersAreTransparentUnlessTheyMustNotBe(OriginalSource source) throws IOException {
        try (var network =
                network(new SocketSettings(0, true, source, true, DEFAULTS.keepalive(), false))) {
            EpollServerSocketChannel listener = network.newListener();
            EpollServerSocketChannel local = network.newLocalListener(true);
            assertThat(network.isTransparent(listener)).isEqualTo(source != OriginalSource.NEVER);
            assertThat(network.isTransparent(local)).isFalse();
            assertThat(listener.config().getOption(SocketOptions.SO_MARK)).isZero();
            assertThat(listener.config().getBacklog()).isEqualTo(128);
            discard(listener);
            discard(local);
        }
    }

    @Test
    void anOldAndANewZtunnelShareAPort() throws Exception {
        try (var network = network(DEFAULTS)) {
            Channel old = bind(network.newListener(), DEFAULTS.wildcard(0));
            int port = ((InetSocketAddress) old.localAddress()).getPort();
            Channel young = bind(network.newListener(), DEFAULTS.wildcard(port));
            assertThat(young.isActive()).isTrue();
        }
    }

    @Test
    void withoutPortReuseTheSecondFails() throws Exception {
        var exclusive =
                new SocketSettings(
                        0x539,
                        false,
                        OriginalSource.BEST_EFFORT,
                        true,
                        DEFAULTS.keepalive(),
                        false);
        try (var network = network(exclusive)) {
            Channel old = bind(network.newListener(), exclusive.wildcard(0));
            int port = ((InetSocketAddress) old.localAddress()).getPort();
            assertThatThrownBy(() -> bind(network.newListener(), exclusive.wildcard(port)))
                    .hasMessageContaining("Address already in use");
        }
    }

    private Channel bind(EpollServerSocketChannel listener, InetSocketAddress address)
            throws InterruptedException {
        return new ServerBootstrap()
                .group(loops)
                .channelFactory(() -> listener)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel accepted) {}
                        })
                .bind(address)
                .sync()
                .channel();
    }

    @Test
    void clientsHaveKeepaliveAsConfigured() throws IOException {
        var settings =
                new SocketSettings(
                        0,
                        true,
                        OriginalSource.NEVER,
                        true,
                        new Keepalive(true, Duration.ofSeconds(60), Duration.ofSeconds(10), 3),
                        true);
        try (var network = network(settings);
                var off =
                        network(
                                new SocketSettings(
                                        0,
                                        true,
                                        OriginalSource.NEVER,
                                        true,
                                        new Keepalive(
                                                false,
                                                Duration.ofSeconds(60),
                                                Duration.ofSeconds(10),
                                                3),
                                        false))) {
            EpollSocketChannel client = network.newClient(true);
            var config = client.config();
            assertThat(config.getOption(ChannelOption.TCP_NODELAY)).isTrue();
            assertThat(config.getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
            assertThat(config.getOption(EpollChannelOption.TCP_KEEPIDLE)).isEqualTo(60);
            assertThat(config.getOption(EpollChannelOption.TCP_KEEPINTVL)).isEqualTo(10);
            assertThat(config.getOption(EpollChannelOption.TCP_KEEPCNT)).isEqualTo(3);
            assertThat(config.getOption(EpollChannelOption.TCP_USER_TIMEOUT)).isEqualTo(90_000);
            assertThat(config.getConnectTimeoutMillis()).isEqualTo(10_000);
            discard(client);

            EpollSocketChannel plain = off.newClient(true);
            assertThat(plain.config().getOption(ChannelOption.SO_KEEPALIVE)).isFalse();
            assertThat(plain.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT)).isZero();
            discard(plain);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "32768, 1, 1", "1, 0, 1", "1, 32768, 1", "1, 1, 0", "1, 1, 128"})
    void keepaliveBeyondTheKernelsLimitsIsRefused(int idle, int interval, int probes) {
        assertThatThrownBy(
                        () ->
                                new Keepalive(
                                        true,
                                        Duration.ofSeconds(idle),
                                        Duration.ofSeconds(interval),
                                        probes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keepalive");
    }

    @Test
    void udpSharesItsPortToo() throws IOException {
        try (var network = network(DEFAULTS)) {
            Channel datagram = network.newDatagram(false);
            assertThat(datagram.config().getOption(UnixChannelOption.SO_REUSEPORT)).isTrue();
            discard(datagram);
        }
    }

    @Test
    void whatIsNoNamespaceGivesNoSocket() throws IOException {
        try (var network =
                new NamespaceNetwork(NetworkNamespace.open(Path.of("/dev/null")), DEFAULTS)) {
            assertThatThrownBy(network::newListener).isInstanceOf(LinuxException.class);
        }
    }

    @Test
    void aSourceThatCannotBeBoundCostsTheSourceOnly() throws Exception {
        try (var network = network(DEFAULTS)) {
            Channel server =
                    bind(
                            network.newListener(),
                            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            var destination = (InetSocketAddress) server.localAddress();
            // A multicast address is nobody's source.
            assertThat(connect(network, destination, "224.0.0.1")).isEqualTo("127.0.0.1");
            assertThat(connect(network, destination, "::1")).isEqualTo("127.0.0.1");
            assertThat(connect(network, destination, "127.0.0.1")).isEqualTo("127.0.0.1");
            assertThat(connect(network, destination, "127.0.0.9")).isEqualTo("127.0.0.9");
        }
    }

    private String connect(PodNetwork network, InetSocketAddress destination, String source)
            throws Exception {
        EpollSocketChannel client = network.newClient(SourceBinding.isIpv6(destination));
        client.pipeline().addLast(new ChannelInboundHandlerAdapter());
        loops.register(client).sync();
        SourceBinding.connect(client, destination, InetAddress.ofLiteral(source)).sync();
        return client.localAddress().getAddress().getHostAddress();
    }

    @ParameterizedTest
    @CsvSource({
        "02 00 23 28 0a 4d 00 01 00 00 00 00 00 00 00 00, 10.77.0.1, 9000",
        "0a 00 00 50 00 00 00 00 fd 77 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00,"
                + " fd77:0:0:0:0:0:0:1, 80",
        "0a 00 ff ff 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff 0a 00 00 02 00 00 00 00,"
                + " 10.0.0.2, 65535",
        "0a 00 00 01 00 00 00 00 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 01 00 00 00,"
                + " fe80:0:0:0:0:0:0:1%1, 1"
    })
    void socketAddressesAreReadAndMadePlain(String hex, String address, int port) {
        InetSocketAddress parsed = Objects.requireNonNull(OriginalDestination.parse(bytes(hex)));

        assertThat(parsed.getAddress().getHostAddress())
                .satisfiesAnyOf(
                        shown -> assertThat(shown).isEqualTo(address),
                        shown -> assertThat(shown).isEqualTo(address.replace("%1", "%lo")));
        assertThat(parsed.getPort()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01 00 23 28 0a 4d 00 01 00 00 00 00 00 00 00 00",
                "0a 00 23 28 0a 4d 00 01 00 00 00 00 00 00 00 00"
            })
    void anAddressOfAnotherFamilyIsNone(String hex) {
        assertThat(OriginalDestination.parse(bytes(hex))).isNull();
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.ofDelimiter(" ").parseHex(hex));
    }
}
