package io.ztunnel.daemon.dns;

import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.config.ListenAddress;
import io.ztunnel.daemon.config.ResolverConfig;
import io.ztunnel.daemon.telemetry.Telemetry.PodLimit;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Workload;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The DNS proxy of one pod. Who binds its sockets hands them over here; everything else happens on
 * the pod's home loop.
 */
public final class DnsProxy {
    private static final Logger log = LoggerFactory.getLogger(DnsProxy.class);

    static final int MAX_CONNECTIONS = 128;

    /** More than a question takes; what is longer is answered as malformed. */
    private static final int MAX_DATAGRAM = 4_096;

    /** Of one socket before others of the loop have their turn. */
    private static final int PACKETS_PER_TURN = 16;

    private final DnsServices services;
    private final EventLoop home;
    private final Requests requests;
    private final LimitLog limits;
    private final List<EpollDatagramChannel> sockets = new ArrayList<>();
    private final Map<EpollSocketChannel, TcpRequests> connections = new HashMap<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private boolean draining;

    /**
     * @param pod for the log
     * @param own waits for the pod's workload for as long as it should take
     * @param network where name servers are asked from; not owned
     */
    public DnsProxy(
            DnsServices services,
            String pod,
            Supplier<? extends CompletionStage<Workload>> own,
            PodNetwork network,
            EventLoop home) {
        this.services = services;
        this.home = home;
        LongSupplier nanoTime = home.ticker()::nanoTime;
        ResolverConfig configuration = services.resolver();
        Upstream upstream =
                new Upstream(
                        new NameServers(services.nameServers()),
                        new PodTransport(
                                network, home, Duration.ofSeconds(configuration.timeoutSeconds())),
                        configuration.attempts(),
                        configuration.edns0(),
                        services::randomId,
                        nanoTime);
        Forwarder forwarder =
                new Forwarder(
                        services.hosts(),
                        new AnswerCache(services.cacheBudget(), nanoTime),
                        upstream);
        PodResolver resolver =
                new PodResolver(services, new OwnWorkload(home, own), forwarder, pod, nanoTime);
        this.requests = new Requests(resolver, pod, nanoTime, this::afterRequests);
        this.limits = new LimitLog(log, pod, nanoTime);
    }

    /**
     * Where to listen in that network: without IPv6 on its loopback, not there.
     *
     * @throws IOException when the network cannot be looked at
     */
    public static List<HostPort> addresses(ListenAddress listen, PodNetwork network)
            throws IOException {
        boolean local = listen instanceof ListenAddress.Localhost;
        boolean ipv6 = !local || network.loopbackHasIpv6();
        return listen.addresses().stream().filter(a -> ipv6 || a.ip().isV4()).toList();
    }

    /** Takes a UDP socket over, unregistered, which is to be bound then. */
    public void serve(EpollDatagramChannel socket) {
        sockets.add(socket);
        socket.config()
                .setAutoRead(false)
                .setRecvByteBufAllocator(
                        new FixedRecvByteBufAllocator(MAX_DATAGRAM)
                                .maxMessagesPerRead(PACKETS_PER_TURN));
        socket.pipeline().addLast(new UdpRequests(requests));
    }

    /** Begins to answer, once every socket is bound. */
    public void start() {
        for (EpollDatagramChannel socket : sockets) {
            socket.config().setAutoRead(true);
        }
    }

    /** Where it listens over UDP. */
    public List<InetSocketAddress> addresses() {
        return sockets.stream().map(EpollDatagramChannel::localAddress).toList();
    }

    /** Takes a connection, not registered yet. Called on the home loop. */
    public void accept(EpollSocketChannel socket) {
        if (draining || connections.size() == MAX_CONNECTIONS) {
            if (!draining) {
                services.limitReached(PodLimit.DNS_CONNECTIONS);
                limits.tell("DNS_CONNECTIONS_LIMIT", "{} has " + MAX_CONNECTIONS + " connections");
            }
            socket.unsafe().closeForcibly();
            return;
        }
        socket.config().setAutoRead(false).setAllowHalfClosure(true);
        TcpRequests handler = TcpRequests.addTo(socket.pipeline(), requests);
        connections.put(socket, handler);
        socket.closeFuture().addListener(_ -> gone(socket));
        home.register(socket)
                .addListener(
                        registered -> {
                            if (registered.isSuccess()) {
                                handler.start();
                            } else {
                                socket.unsafe().closeForcibly();
                            }
                        });
    }

    private void gone(EpollSocketChannel socket) {
        connections.remove(socket);
        afterRequests();
    }

    /**
     * Resolves a name as the pod would.
     *
     * @param done called on the home loop, with no addresses when there are none
     */
    public void lookup(String host, boolean ipv6, Consumer<List<IpAddress>> done) {
        Name name;
        try {
            name = Name.fromString(host, Name.root);
        } catch (TextParseException notAName) {
            home.execute(() -> done.accept(List.of()));
            return;
        }
        Question question = new Question(name, ipv6 ? Type.AAAA : Type.A);
        home.execute(
                () ->
                        requests.ask(
                                question,
                                Protocol.UDP,
                                answer ->
                                        done.accept(
                                                switch (answer) {
                                                    case Answer.Failure _ -> List.of();
                                                    case Answer.Records records ->
                                                            AddressRecords.in(records.answers());
                                                })));
    }

    /**
     * Takes no further connections and ends when everything that was asked is answered. Idempotent,
     * from any thread.
     *
     * @return completes when every socket is closed
     */
    public CompletionStage<Void> drain() {
        home.execute(
                () -> {
                    draining = true;
                    new ArrayList<>(connections.values()).forEach(TcpRequests::drain);
                    afterRequests();
                });
        return drained.copy();
    }

    /** Closes everything now. Idempotent, from any thread. */
    public void close() {
        home.execute(
                () -> {
                    draining = true;
                    requests.close();
                    new ArrayList<>(connections.keySet()).forEach(EpollSocketChannel::close);
                    afterRequests();
                });
    }

    private void afterRequests() {
        // UDP sockets are open until the end: another ztunnel may share their port, and the
        // kernel goes on to send us a part of the packets.
        if (draining && requests.isIdle() && connections.isEmpty() && !drained.isDone()) {
            sockets.forEach(DnsProxy::close);
            requests.close();
            drained.complete(null);
        }
    }

    private static void close(EpollDatagramChannel socket) {
        if (socket.isRegistered()) {
            socket.close();
        } else {
            socket.unsafe().closeForcibly();
        }
    }
}
