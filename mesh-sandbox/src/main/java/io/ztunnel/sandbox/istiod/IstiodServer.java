package io.ztunnel.sandbox.istiod;

import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.ztunnel.api.discovery.Resource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The TLS port of the control plane, with both services and the thread that they share. */
final class IstiodServer implements AutoCloseable {
    private static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(365);
    private static final List<String> NAMES =
            List.of(
                    "istiod.istio-system.svc",
                    "istiod.istio-system.svc.cluster.local",
                    "localhost");
    private static final int STOP_SECONDS = 2;

    private final Server server;
    private final EventLoopGroup loop;
    private final ExecutorService thread;
    private final DiscoveryService discovery;

    private IstiodServer(
            Server server,
            EventLoopGroup loop,
            ExecutorService thread,
            DiscoveryService discovery) {
        this.server = server;
        this.loop = loop;
        this.thread = thread;
        this.discovery = discovery;
    }

    /**
     * @param stateDirectory holds the root and the token key
     * @throws IOException when the address cannot be bound or the state cannot be read
     */
    static IstiodServer start(
            InetSocketAddress address,
            Path stateDirectory,
            String trustDomain,
            String clusterId,
            Impersonation cluster)
            throws IOException {
        return start(
                address,
                stateDirectory,
                trustDomain,
                clusterId,
                cluster,
                EpollServerSocketChannel::new);
    }

    /**
     * @param sockets makes the listening socket, perhaps in another network namespace
     */
    static IstiodServer start(
            InetSocketAddress address,
            Path stateDirectory,
            String trustDomain,
            String clusterId,
            Impersonation cluster,
            ChannelFactory<ServerChannel> sockets)
            throws IOException {
        InstantSource clock = InstantSource.system();
        SigningAuthority authority =
                SigningAuthority.open(stateDirectory.resolve("ca"), trustDomain, clock);
        ServiceAccountTokens tokens = ServiceAccountTokens.open(stateDirectory, clock);
        KeyPair keys = SigningAuthority.newKeyPair();
        X509Certificate certificate =
                authority.signServer(
                        keys.getPublic(),
                        NAMES,
                        List.of(address.getAddress(), InetAddress.getLoopbackAddress()),
                        CERTIFICATE_LIFETIME);
        ExecutorService thread =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("istiod").daemon().factory());
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        DiscoveryService discovery = new DiscoveryService(thread);
        Server server =
                NettyServerBuilder.forAddress(address)
                        .channelFactory(sockets)
                        .bossEventLoopGroup(loop)
                        .workerEventLoopGroup(loop)
                        .executor(thread)
                        .permitKeepAliveTime(10, TimeUnit.SECONDS)
                        .sslContext(
                                GrpcSslContexts.configure(
                                                SslContextBuilder.forServer(
                                                        keys.getPrivate(), certificate))
                                        .protocols("TLSv1.3")
                                        .build())
                        .intercept(new Authentication(tokens, clusterId))
                        .addService(discovery)
                        .addService(new CertificateService(authority, trustDomain, cluster))
                        .build();
        IstiodServer istiod = new IstiodServer(server, loop, thread, discovery);
        try {
            server.start();
            return istiod;
        } catch (IOException e) {
            istiod.close();
            throw e;
        }
    }

    int port() {
        return server.getPort();
    }

    /** See {@link DiscoveryService#publish}. */
    void publish(ServedResources.Source source, ResourceSet resources) {
        discovery.publish(source, resources);
    }

    /** See {@link DiscoveryService#update}. */
    void update(String typeUrl, Resource resource) {
        discovery.update(typeUrl, resource);
    }

    /** See {@link DiscoveryService#settled}. */
    CompletableFuture<Integer> settled() {
        return discovery.settled();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS);
        thread.shutdown();
    }
}
