package io.ztunnel.daemon.proxy;

import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.ListenAddress;
import io.ztunnel.daemon.dns.DnsProxy;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.PodReference;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The proxies of one pod: its listeners in the pod's namespace, and every connection that came
 * through them. For ztunnel's own pod, that nothing is captured from, only the one for tunnels.
 */
public final class WorkloadProxy implements PodProxy {
    /** For everything that a start binds, and for everything that an end closes. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final PodContext pod;
    private final InboundTracker tracker;
    private final OutboundProxy outbound;

    /** What comes by SOCKS5: with tunnels of its own, as the reference has it. */
    private final OutboundProxy socks;

    /** Null where DNS is not captured. */
    private final @Nullable DnsProxy dns;

    private final LiveConnections live;
    private final List<EpollServerSocketChannel> listeners = new ArrayList<>();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final CompletableFuture<Void> drainBegun = new CompletableFuture<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile @Nullable Future<?> deadline;
    private long bindBegan;

    private WorkloadProxy(ProxyServices services, PodInfo pod, PodNetwork network) {
        EventLoop home = services.workers().next();
        this.pod = PodContext.of(services, pod, network, home);
        this.live = this.pod.live();
        this.tracker = new InboundTracker(this.pod.reference());
        this.outbound = new OutboundProxy(this.pod);
        this.socks = new OutboundProxy(this.pod);
        this.dns =
                services.dns() == null
                        ? null
                        : new DnsProxy(
                                services.dns(),
                                pod.namespace() + "/" + pod.name(),
                                this.pod::ownWorkload,
                                network,
                                home);
    }

    /**
     * Binds 15001, 15006 and 15008 in the pod's network, and 15080 on its loopback if that is asked
     * for; none of them where the TCP proxies are switched off. Binds 15053 on its loopback where
     * DNS is captured. Nothing is accepted before {@link #accept}.
     *
     * @throws IOException when one cannot be bound; then none is, and {@code network} is the
     *     caller's
     */
    public static WorkloadProxy bind(ProxyServices services, PodInfo pod, PodNetwork network)
            throws IOException {
        WorkloadProxy proxy = new WorkloadProxy(services, pod, network);
        return proxy.bind(
                () -> {
                    if (services.config().proxyEnabled()) {
                        proxy.bindProxies(services.config().listeners());
                    }
                    if (proxy.dns != null) {
                        proxy.listenForDns(proxy.dns, services.config().dns().listen());
                    }
                });
    }

    private void bindProxies(Config.Listeners addresses) throws IOException {
        bindInbound(addresses);
        listen("inbound passthrough", addresses.inboundPlaintext().port(), this::acceptPassthrough);
        listen("outbound", addresses.outbound().port(), this::acceptOutbound);
        ListenAddress socks5 = addresses.socks5();
        if (socks5 != null) {
            listenForSocks(socks5);
        }
    }

    /**
     * Binds 15008 only, as {@link #bind}: a pod whose traffic is not captured, ztunnel's own, takes
     * part in the mesh as a server.
     */
    public static WorkloadProxy bindInboundOnly(
            ProxyServices services, PodInfo pod, PodNetwork network) throws IOException {
        WorkloadProxy proxy = new WorkloadProxy(services, pod, network);
        return proxy.bind(() -> proxy.bindInbound(services.config().listeners()));
    }

    @FunctionalInterface
    private interface Binding {
        void run() throws IOException;
    }

    private WorkloadProxy bind(Binding binding) throws IOException {
        bindBegan = System.nanoTime();
        boolean bound = false;
        try {
            binding.run();
            bound = true;
            return this;
        } finally {
            if (!bound) {
                closeListeners();
                closeDns();
            }
        }
    }

    private void bindInbound(Config.Listeners addresses) throws IOException {
        listen("inbound", addresses.inbound().port(), this::acceptInbound);
    }

    /** Begins to serve; to be called once. */
    public void accept() {
        for (EpollServerSocketChannel listener : listeners) {
            listener.config().setAutoRead(true);
        }
        if (dns != null) {
            dns.start();
        }
    }

    /** What a listener does with a socket, given whether the listener may use foreign addresses. */
    @FunctionalInterface
    private interface Entry {
        Consumer<EpollSocketChannel> acceptor(boolean transparent);
    }

    private Consumer<EpollSocketChannel> acceptInbound(boolean transparent) {
        return new InboundProxy(pod, tracker, transparent)::accept;
    }

    private Consumer<EpollSocketChannel> acceptPassthrough(boolean transparent) {
        return new PassthroughProxy(pod, tracker, transparent)::accept;
    }

    private Consumer<EpollSocketChannel> acceptOutbound(boolean transparent) {
        return outbound::accept;
    }

    private void listen(String name, int port, Entry entry) throws IOException {
        EpollServerSocketChannel listener = pod.network().newListener();
        InetSocketAddress address =
                pod.services().config().listeners().ipv6()
                        ? new InetSocketAddress("::", port)
                        : new InetSocketAddress("0.0.0.0", port);
        listen(name, listener, address, entry);
    }

    private void listenForSocks(ListenAddress socks5) throws IOException {
        for (HostPort address : socks5.addresses()) {
            listen(
                    "SOCKS5",
                    pod.network().newLocalListener(!address.ip().isV4()),
                    address.toSocketAddress(),
                    transparent -> new Socks5Proxy(pod, socks, dns)::accept);
        }
    }

    private void listenForDns(DnsProxy proxy, ListenAddress listen) throws IOException {
        for (HostPort address : DnsProxy.addresses(listen, pod.network())) {
            boolean ipv6 = !address.ip().isV4();
            listen(
                    "DNS",
                    pod.network().newLocalListener(ipv6),
                    address.toSocketAddress(),
                    transparent -> proxy::accept);
            EpollDatagramChannel socket = pod.network().newDatagram(ipv6);
            proxy.serve(socket);
            await(pod.home().register(socket), "DNS", address.toSocketAddress());
            await(socket.bind(address.toSocketAddress()), "DNS", address.toSocketAddress());
        }
    }

    private void listen(
            String name, EpollServerSocketChannel listener, InetSocketAddress address, Entry entry)
            throws IOException {
        listeners.add(listener);
        boolean transparent = pod.network().isTransparent(listener);
        listener.config().setAutoRead(false);
        listener.pipeline()
                .addLast(
                        new Acceptor(
                                name,
                                entry.acceptor(transparent),
                                pod.services().records().acceptFailures(name)));
        await(pod.home().register(listener), name, address);
        await(listener.bind(address), name, address);
    }

    private void await(ChannelFuture step, String name, InetSocketAddress address)
            throws IOException {
        String what = "cannot listen for " + name + " on " + address + ": ";
        if (!step.awaitUninterruptibly(left(bindBegan), TimeUnit.NANOSECONDS)) {
            throw new IOException(
                    what + "the pod's listeners were not up within " + LIMIT.toSeconds() + " s");
        }
        if (!step.isSuccess()) {
            throw new IOException(what + step.cause(), step.cause());
        }
    }

    public PodInfo pod() {
        return pod.pod();
    }

    /** What its workload is called in the mesh. */
    PodReference reference() {
        return pod.reference();
    }

    /** Where it listens: for tunnels, for plain text, for what the pod sends. */
    List<InetSocketAddress> addresses() {
        return listeners.stream().map(EpollServerSocketChannel::localAddress).toList();
    }

    /** Where it answers DNS over UDP. */
    List<InetSocketAddress> dnsAddresses() {
        return dns == null ? List.of() : dns.addresses();
    }

    /** Connections and tunnels that are open. */
    int openConnections() {
        return live.size();
    }

    /**
     * Ends inbound connections that policies forbid now. Called on the thread of the store's
     * writer.
     */
    public void recheckPolicies(MeshView view) {
        if (!draining.get()) {
            tracker.recheck(view);
        }
    }

    /** Ends what runs over certificates that are revoked now. From any thread. */
    public void recheckCertificates() {
        for (LiveConnection connection : live.all()) {
            connection.recheckCertificates();
        }
        outbound.recheckCertificates();
        socks.recheckCertificates();
    }

    /** For dumps, from any thread. */
    public List<ConnectionSummary> inboundConnections() {
        return tracker.flows().stream()
                .map(InboundFlow::summary)
                // Streams of one tunnel to the same place are one connection to who reads.
                .distinct()
                .sorted(Comparator.comparing(ConnectionSummary::source))
                .toList();
    }

    /** For dumps, from any thread. */
    public List<ConnectionSummary> openOutboundConnections() {
        return Stream.concat(outbound.open().stream(), socks.open().stream())
                .map(OutboundConnection::summary)
                .sorted(Comparator.comparing(ConnectionSummary::source))
                .toList();
    }

    /** Completes when the first {@link #drain} begins. */
    public CompletionStage<Void> drainBegun() {
        return drainBegun.copy();
    }

    @Override
    public CompletionStage<Void> drain(Drain how) {
        if (draining.compareAndSet(false, true)) {
            drainBegun.complete(null);
            closeListeners();
            if (how == Drain.GRACEFUL) {
                deadline =
                        pod.home()
                                .schedule(
                                        this::cut,
                                        pod.services().config().terminationDeadline().toMillis(),
                                        TimeUnit.MILLISECONDS);
            }
            CompletionStage<Void> names =
                    dns == null ? CompletableFuture.completedFuture(null) : dns.drain();
            live.drain().thenCompose(_ -> names).thenRun(this::finish);
        }
        if (how == Drain.IMMEDIATE) {
            cut();
        }
        return drained.copy();
    }

    /** The tunnels stay until the last connection has ended, which says why by itself. */
    private void cut() {
        live.abort(new CutException(ConnectionError.drained()));
        if (dns != null) {
            dns.close();
        }
    }

    private void finish() {
        Future<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
        }
        outbound.close()
                .addListener(
                        closed ->
                                socks.close()
                                        .addListener(
                                                both -> {
                                                    pod.network().close();
                                                    drained.complete(null);
                                                }));
    }

    private static long left(long began) {
        return Math.max(0, LIMIT.toNanos() - (System.nanoTime() - began));
    }

    /** Of a proxy that could not be bound; another one may be bound to its ports next. */
    private void closeDns() {
        if (dns != null) {
            dns.close();
            dns.drain()
                    .toCompletableFuture()
                    .completeOnTimeout(null, LIMIT.toNanos(), TimeUnit.NANOSECONDS)
                    .join();
        }
    }

    /** Side by side: each takes a turn of the home loop. */
    private void closeListeners() {
        List<ChannelFuture> closing = new ArrayList<>();
        for (EpollServerSocketChannel listener : listeners) {
            if (listener.isRegistered()) {
                closing.add(listener.close());
            } else {
                listener.unsafe().closeForcibly();
            }
        }
        long began = System.nanoTime();
        for (ChannelFuture closed : closing) {
            closed.awaitUninterruptibly(left(began), TimeUnit.NANOSECONDS);
        }
    }
}
