package io.ztunnel.sandbox.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.net.ServiceAddress.Backend;
import io.ztunnel.sandbox.net.ServiceAddress.Protocol;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Real packets between namespaces; nothing leaves them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxNetworkTest {
    private static final int PORT = 9080;
    private static final InetAddress VIP_4 = InetAddress.ofLiteral("10.4.0.1");
    private static final InetAddress VIP_6 = InetAddress.ofLiteral("fd00:4::1");

    private final SandboxNames names = new SandboxNames("nett");
    private final SandboxNetwork network = new SandboxNetwork(names);

    private static PodLink pod(String name, int node, int number) {
        return new PodLink(
                "ns",
                name,
                "node" + node,
                List.of(
                        InetAddress.ofLiteral("10.244." + node + "." + number),
                        InetAddress.ofLiteral("fd00:244:" + node + "::" + number)));
    }

    private static NodeLink node(int number) {
        return new NodeLink(
                "node" + number,
                List.of(
                        InetAddress.ofLiteral("172.18.0." + (10 + number)),
                        InetAddress.ofLiteral("fd00:18::" + (10 + number))),
                List.of("10.244." + number + ".0/24", "fd00:244:" + number + "::/64"));
    }

    @BeforeAll
    void layOut() throws Exception {
        network.removeAll();
        network.create();
        network.addNodes(List.of(node(1), node(2)));
        network.addPods(List.of(pod("a", 1, 10), pod("b", 2, 20), pod("c", 1, 30)));
    }

    @AfterAll
    void tearDown() throws Exception {
        network.removeAll();
        assertThat(names.existing()).isEmpty();
        assertThat(names.existingEtc()).isEmpty();
    }

    private ServerSocketChannel listen(String space) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.named(space)) {
            ServerSocketChannel server = namespace.call(ServerSocketChannel::open);
            return server.bind(new InetSocketAddress("::", PORT));
        }
    }

    private static SocketChannel connect(String space, InetAddress address, int port)
            throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.named(space)) {
            SocketChannel client = namespace.call(SocketChannel::open);
            try {
                client.socket().connect(new InetSocketAddress(address, port), 5_000);
                return client;
            } catch (IOException failed) {
                client.close();
                throw failed;
            }
        }
    }

    private String space(String pod) {
        return names.pod("ns", pod);
    }

    /** Who the server sees, after one byte went each way. */
    private static InetAddress talk(ServerSocketChannel server, SocketChannel client)
            throws IOException {
        try (client;
                SocketChannel accepted = server.accept()) {
            client.write(ByteBuffer.wrap(new byte[] {1}));
            assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(1);
            accepted.write(ByteBuffer.wrap(new byte[] {2}));
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(1);
            return ((InetSocketAddress) accepted.getRemoteAddress()).getAddress();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.244.2.20", "fd00:244:2::20"})
    void podsOfTwoNodesReachEachOtherWithTheirOwnAddresses(String address) throws Exception {
        try (ServerSocketChannel server = listen(space("b"))) {
            InetAddress target = InetAddress.ofLiteral(address);

            InetAddress seen = talk(server, connect(space("a"), target, PORT));

            assertThat(seen)
                    .isEqualTo(
                            InetAddress.ofLiteral(
                                    address.replace("20", "10")
                                            .replace("244.2", "244.1")
                                            .replace(":2:", ":1:")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.244.1.30", "fd00:244:1::30"})
    void podsOfOneNodeAndBothNodesReachAPod(String address) throws Exception {
        try (ServerSocketChannel server = listen(space("c"))) {
            InetAddress target = InetAddress.ofLiteral(address);
            for (String from : List.of(space("a"), names.node("node1"), names.node("node2"))) {
                assertThat(talk(server, connect(from, target, PORT))).as(from).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.4.0.1", "fd00:4::1"})
    void aServiceAddressLeadsToEveryBackend(String vip) throws Exception {
        setServices();
        try (ServerSocketChannel b = listen(space("b"));
                ServerSocketChannel c = listen(space("c"))) {
            Set<String> reached = new HashSet<>();
            b.configureBlocking(false);
            c.configureBlocking(false);
            // 2^-40 that chance keeps to one of the two.
            for (int i = 0; i < 40 && reached.size() < 2; i++) {
                SocketChannel client = connect(space("a"), InetAddress.ofLiteral(vip), 80);
                SocketChannel accepted = b.accept();
                reached.add(accepted != null ? "b" : "c");
                (accepted != null ? accepted : c.accept()).close();
                client.close();
            }
            assertThat(reached).containsExactlyInAnyOrder("b", "c");
        }
    }

    @Test
    void nodeProcessesReachServiceAddressesToo() throws Exception {
        setServices();
        try (ServerSocketChannel b = listen(space("b"))) {
            assertThat(talk(b, connect(names.node("node1"), VIP_4, 81))).isNotNull();
            assertThat(talk(b, connect(names.node("node2"), VIP_6, 81))).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.4.0.1", "fd00:4::1"})
    void aPodReachesItselfThroughAService(String vip) throws Exception {
        setServices();
        try (ServerSocketChannel b = listen(space("b"))) {
            assertThat(talk(b, connect(space("b"), InetAddress.ofLiteral(vip), 81))).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.4.0.1", "fd00:4::1"})
    void aServiceWithoutBackendsIsRefusedAtOnce(String vip) throws Exception {
        setServices();
        long before = System.nanoTime();

        assertThatThrownBy(() -> connect(space("a"), InetAddress.ofLiteral(vip), 82))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("refused");

        assertThat(System.nanoTime() - before).isLessThan(2_000_000_000L);
    }

    @Test
    void whatIsNowhereInTheSandboxIsUnreachable() {
        assertThatThrownBy(() -> connect(space("a"), InetAddress.ofLiteral("192.0.2.1"), 80))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unreachable");
    }

    @Test
    void aPodsAddressCanBeUsedAgainRightAfterItWasRemoved() throws Exception {
        for (int i = 0; i < 3; i++) {
            network.addPods(List.of(pod("again" + i, 2, 99)));
            try (ServerSocketChannel server = listen(space("again" + i))) {
                InetAddress address = InetAddress.ofLiteral("10.244.2.99");
                assertThat(talk(server, connect(space("a"), address, PORT))).isNotNull();
            }
            network.removePod("ns", "again" + i);
            assertThat(SandboxNames.path(space("again" + i))).doesNotExist();
        }
    }

    @Test
    void aPodThatCannotBeMadeLeavesNothingOnceRemoved() throws Exception {
        PodLink twin = pod("twin", 1, 10);

        assertThatThrownBy(() -> network.addPods(List.of(twin)))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("route add 10.244.1.10/32");

        network.removePod("ns", "twin");
        assertThat(SandboxNames.path(space("twin"))).doesNotExist();
        try (ServerSocketChannel server = listen(space("a"))) {
            InetAddress address = InetAddress.ofLiteral("10.244.1.10");
            assertThat(talk(server, connect(space("b"), address, PORT))).isNotNull();
        }
    }

    @Test
    void aRuleSetThatIsWrongLeavesTheFormerOne() throws Exception {
        setServices();
        String node = names.node("node1");
        String before = rules(node);

        assertThatThrownBy(() -> Tools.nftIn(node, "delete table inet zt-services\nnonsense\n"))
                .isInstanceOf(NetworkException.class);

        assertThat(rules(node)).isEqualTo(before).contains("balance-0");
    }

    @Test
    void processesSeeTheFilesOfTheirNamespace() throws Exception {
        network.setEtcFile(space("a"), "resolv.conf", "nameserver 10.4.0.10\n");

        assertThat(exec(space("a"), "cat", "/etc/resolv.conf")).isEqualTo("nameserver 10.4.0.10\n");
        assertThat(exec(space("b"), "cat", "/etc/resolv.conf")).doesNotContain("10.4.0.10");
    }

    @Test
    void anInterfaceThatIsNotOursIsRefused() throws Exception {
        network.checkUplink();
        Tools.ipIn(names.root(), List.of("link add eth7 type veth peer name eth8"));
        try {
            assertThatThrownBy(network::checkUplink)
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("refusing to run")
                    .hasMessageContaining("'eth");
        } finally {
            Tools.ipIn(names.root(), List.of("link del eth7"));
        }
        network.checkUplink();
    }

    @Test
    void theMachinesOwnNamespaceIsRefused() throws Exception {
        SandboxNames other = new SandboxNames("netown");
        Path root = SandboxNames.path(other.root());
        Files.createFile(root);
        Tools.run("", List.of("mount", "--bind", "/proc/self/ns/net", root.toString()));
        try {
            assertThatThrownBy(() -> UplinkGuard.check(other.root(), List.of()))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("the machine's own");
        } finally {
            Tools.run("", List.of("umount", root.toString()));
            Files.delete(root);
        }
    }

    @Test
    void aToolThatFailsSaysWhichLineAndWhy() {
        assertThatThrownBy(
                        () ->
                                Tools.ipIn(
                                        names.root(), List.of("link set lo up", "link del nosuch")))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("zt-nett-root")
                .hasMessageContaining("Cannot find device")
                .hasMessageEndingWith("(link del nosuch)");
        assertThatThrownBy(() -> Tools.run("", List.of("no-such-program-at-all")))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("no-such-program-at-all");
    }

    private String rules(String space) throws IOException {
        return exec(space, "nft", "list", "table", "inet", "zt-services");
    }

    private static String exec(String space, String... command) throws IOException {
        Process process =
                new ProcessBuilder(
                                java.util.stream.Stream.concat(
                                                java.util.stream.Stream.of(
                                                        "ip", "netns", "exec", space),
                                                java.util.stream.Stream.of(command))
                                        .toList())
                        .redirectErrorStream(true)
                        .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void setServices() throws NetworkException {
        List<Backend> both4 = List.of(backend("10.244.2.20"), backend("10.244.1.30"));
        List<Backend> both6 = List.of(backend("fd00:244:2::20"), backend("fd00:244:1::30"));
        List<ServiceAddress> services =
                List.of(
                        new ServiceAddress(VIP_4, Protocol.TCP, 80, both4),
                        new ServiceAddress(VIP_6, Protocol.TCP, 80, both6),
                        new ServiceAddress(VIP_4, Protocol.TCP, 81, both4.subList(0, 1)),
                        new ServiceAddress(VIP_6, Protocol.TCP, 81, both6.subList(0, 1)),
                        new ServiceAddress(VIP_4, Protocol.TCP, 82, List.of()),
                        new ServiceAddress(VIP_6, Protocol.TCP, 82, List.of()));
        network.setServices("node1", services);
        network.setServices("node2", services);
    }

    private static Backend backend(String address) {
        return new Backend(InetAddress.ofLiteral(address), PORT);
    }
}
