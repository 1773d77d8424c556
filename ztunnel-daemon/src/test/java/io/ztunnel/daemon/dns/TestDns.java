package io.ztunnel.daemon.dns;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.LogFormat;
import io.ztunnel.daemon.telemetry.LogSink;
import io.ztunnel.daemon.telemetry.MetricsText;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.hbone.RelayIoHandler;
import io.ztunnel.redirection.OwnNetwork;
import io.ztunnel.redirection.SocketSettings;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The DNS proxy of one pod on free ports of this machine, its name server, and clients. */
final class TestDns implements AutoCloseable {
    private static final InetSocketAddress ANY =
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

    final ScriptedNameServer nameServer = new ScriptedNameServer();
    final MeshStore store = TestNames.store();
    private final MultiThreadIoEventLoopGroup loops;
    private final boolean alone;
    final DnsProxy proxy;
    volatile CompletableFuture<Workload> own;
    private final EpollDatagramChannel udp;
    private final EpollServerSocketChannel tcp;
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final LogSink sink = new LogSink(LogFormat.PLAIN, lines, 1024).start();
    private final Telemetry telemetry =
            new Telemetry(
                    "test",
                    LogFilter.startingWith("info,dns=debug"),
                    sink,
                    InstantSource.system(),
                    System::nanoTime);

    TestDns() throws IOException {
        this("nameserver 127.0.0.1\noptions timeout:20 attempts:1\n");
    }

    TestDns(String resolvConf) throws IOException {
        this(
                resolvConf,
                new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory()),
                /* alone= */ true);
    }

    /** Of another pod on the same loop, to be closed before the other. */
    static TestDns beside(TestDns other) throws IOException {
        return new TestDns("", other.loops, false);
    }

    private TestDns(String resolvConf, MultiThreadIoEventLoopGroup loops, boolean alone)
            throws IOException {
        this.loops = loops;
        this.alone = alone;
        own = CompletableFuture.completedFuture(TestNames.client(store.view()));
        Config config =
                Config.from(Map.of("FAKE_CA", "true"), List.of(), resolvConf(resolvConf), 2);
        DnsServices services =
                new DnsServices(
                        config,
                        store::view,
                        telemetry,
                        HostsFile.parse("10.7.0.1 hosted"),
                        nameServer.port());
        OwnNetwork network = new OwnNetwork(SocketSettings.defaults());
        proxy = new DnsProxy(services, "ns1/client", () -> own, network, loops.next());
        udp = network.newDatagram(false);
        proxy.serve(udp);
        loops.register(udp).syncUninterruptibly();
        udp.bind(ANY).syncUninterruptibly();
        tcp = network.newLocalListener(false);
        tcp.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object child) {
                                proxy.accept((EpollSocketChannel) child);
                            }
                        });
        loops.register(tcp).syncUninterruptibly();
        tcp.bind(ANY).syncUninterruptibly();
        proxy.start();
    }

    static FileProbe resolvConf(String text) {
        return new FileProbe() {
            @Override
            public boolean exists(String path) {
                return path.equals("/etc/resolv.conf");
            }

            @Override
            public @Nullable String read(String path) {
                return exists(path) ? text : null;
            }
        };
    }

    static Message query(String host, int type) {
        return Message.newQuery(Record.newRecord(TestNames.name(host), type, DClass.IN));
    }

    Message ask(String host, int type) throws IOException {
        return ask(query(host, type));
    }

    Message ask(Message query) throws IOException {
        try (DatagramSocket socket = socket()) {
            return new Message(exchange(socket, query.toWire()));
        }
    }

    DatagramSocket socket() throws IOException {
        DatagramSocket socket = new DatagramSocket();
        socket.connect(udp.localAddress());
        socket.setSoTimeout(10_000);
        return socket;
    }

    static void send(DatagramSocket socket, byte[] bytes) throws IOException {
        socket.send(new DatagramPacket(bytes, bytes.length));
    }

    static byte[] receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    static byte[] exchange(DatagramSocket socket, byte[] bytes) throws IOException {
        send(socket, bytes);
        return receive(socket);
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(ANY.getAddress(), tcp.localAddress().getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    static void send(Socket socket, Message... queries) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Message query : queries) {
            byte[] bytes = query.toWire();
            all.write(bytes.length >> 8);
            all.write(bytes.length);
            all.writeBytes(bytes);
        }
        socket.getOutputStream().write(all.toByteArray());
    }

    static Message receive(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        return new Message(in.readNBytes(in.readUnsignedShort()));
    }

    List<String> lines() {
        return lines.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** The sum of all samples of that name whose labels contain all of these. */
    long metric(String name, String... labels) {
        return metricsText()
                .lines()
                .filter(l -> l.startsWith(name + "{"))
                .filter(l -> Arrays.stream(labels).allMatch(l::contains))
                .mapToLong(l -> (long) Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    String metricsText() {
        return new String(MetricsText.write(telemetry.metrics()), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        proxy.drain().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
        tcp.close().syncUninterruptibly();
        if (alone) {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        }
        nameServer.close();
        sink.close(Duration.ofSeconds(5));
    }
}
