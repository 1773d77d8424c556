package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.MeshUpdate;
import io.ztunnel.xds.LocalFileSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** An application that asks for its connections by SOCKS5, over real sockets. */
class Socks5ProxyTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String SUCCESS = "05000001000000000000";
    private static final String HELLO = "hello";

    private final TestMesh mesh = new TestMesh();
    private EchoApp app;
    private TestPod server;
    private TestPod client;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
        server = mesh.pod("server", TestMesh.SERVER_IP, TestPod.Options.DEFAULTS);
        client =
                mesh.pod(
                        "client",
                        TestMesh.CLIENT_IP,
                        TestPod.Options.DEFAULTS.tunnelsTo(server).socks5());
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
    }

    private static byte[] request(int type, byte[] address, int port) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {5, 1, 0, (byte) type});
        out.writeBytes(address);
        out.write(port >> 8);
        out.write(port);
        return out.toByteArray();
    }

    private byte[] toApp() {
        return request(1, InetAddress.ofLiteral(TestMesh.SERVER_IP).getAddress(), port());
    }

    private int port() {
        return app.address().getPort();
    }

    private static byte[] toName(String name, int port) {
        ByteArrayOutputStream address = new ByteArrayOutputStream();
        address.write(name.length());
        address.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        return request(3, address.toByteArray(), port);
    }

    private static void say(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private static String hear(Socket socket, int bytes) throws IOException {
        return HEX.formatHex(socket.getInputStream().readNBytes(bytes));
    }

    /** Agrees on a method, and asks. */
    private Socket ask(byte[] request) throws IOException {
        Socket socket = client.socks();
        say(socket, new byte[] {5, 2, 2, 0});
        assertThat(hear(socket, 2)).isEqualTo("0500");
        say(socket, request);
        return socket;
    }

    private static void assertEchoes(Socket socket) throws IOException {
        say(socket, HELLO.getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                .isEqualTo(HELLO);
    }

    private void service(String name, String vip) throws Exception {
        mesh.apply(serviceUpdate(name, vip));
    }

    private MeshUpdate serviceUpdate(String name, String vip) throws Exception {
        String yaml =
                """
                services:
                - name: %1$s
                  namespace: shop
                  hostname: %1$s.shop.svc.cluster.local
                  vips: ["/%2$s"]
                  ports: {"80": %3$d}
                """
                        .formatted(name, vip, port());
        return LocalFileSource.inline(yaml).read().toUpdate();
    }

    @Test
    void anAddressIsReachedThroughATunnelLikeAnyOther() throws Exception {
        try (Socket socket = ask(toApp())) {
            assertThat(hear(socket, 10)).isEqualTo(SUCCESS);
            assertEchoes(socket);
        }
        assertThat(client.line("connection complete"))
                .contains("src.workload=\"client\"")
                .contains("dst.hbone_addr=" + TestMesh.SERVER_IP + ":" + port())
                .contains("direction=\"outbound\" bytes_sent=5 bytes_recv=5")
                .doesNotContain("error");
        assertThat(client.metric("istio_tcp_sockets_open", "reporter=\"source\"")).isZero();
    }

    @Test
    void whatComesRightAfterTheRequestIsForTheServer() throws Exception {
        try (Socket socket = client.socks()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(new byte[] {5, 1, 0});
            all.writeBytes(toApp());
            all.writeBytes("early".getBytes(StandardCharsets.US_ASCII));
            say(socket, all.toByteArray());
            assertThat(hear(socket, 12)).isEqualTo("0500" + SUCCESS);
            assertThat(hear(socket, 5))
                    .isEqualTo(HEX.formatHex("early".getBytes(StandardCharsets.US_ASCII)));
            assertEchoes(socket);
        }
    }

    @Test
    void aClientMaySpeakByteByByte() throws Exception {
        try (Socket socket = client.socks()) {
            socket.setTcpNoDelay(true);
            for (byte one : new byte[] {5, 1, 0}) {
                say(socket, new byte[] {one});
            }
            assertThat(hear(socket, 2)).isEqualTo("0500");
            for (byte one : toApp()) {
                say(socket, new byte[] {one});
            }
            assertThat(hear(socket, 10)).isEqualTo(SUCCESS);
            assertEchoes(socket);
        }
    }

    @Test
    void itsTunnelsAreItsOwn() throws Exception {
        try (Socket captured = client.dial(app.address());
                Socket first = ask(toApp());
                Socket second = ask(toApp())) {
            assertEchoes(captured);
            hear(first, 10);
            assertEchoes(first);
            hear(second, 10);
            assertEchoes(second);
        }
        assertThat(client.metric("ztunnel_tls_handshakes_total", "success")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"echo", "echo.shop", "ECHO.shop.svc", "echo.shop.svc.cluster.local."})
    void aServicesNameIsResolvedAsItsNamespaceSeesIt(String name) throws Exception {
        service("echo", "127.9.0.1");
        try (Socket socket = ask(toName(name, 80))) {
            assertThat(hear(socket, 10)).isEqualTo(SUCCESS);
        }
        // The service is found by its address; that it has no endpoint is another matter.
        assertThat(client.line("connection failed")).contains("no healthy upstream: 127.9.0.1:80");
    }

    @Test
    void aNameOfTheMeshThatWasNotToldIsAskedFor() throws Exception {
        ScriptedNames names = new ScriptedNames(mesh);
        mesh.names = names;
        client =
                mesh.pod(
                        "asker",
                        TestMesh.CLIENT_IP,
                        TestPod.Options.DEFAULTS.tunnelsTo(server).socks5());
        names.knows("shop/lazy.shop.svc.cluster.local", serviceUpdate("lazy", "127.9.0.2"));
        try (Socket socket = ask(toName("lazy", 80))) {
            assertThat(hear(socket, 10)).isEqualTo(SUCCESS);
        }
        assertThat(client.line("connection failed")).contains("no healthy upstream: 127.9.0.2:80");
    }

    @Test
    void aNameThatNobodyKnowsIsHostUnreachable() throws Exception {
        try (Socket socket = ask(toName("nowhere.example", 80))) {
            assertThat(hear(socket, 10)).isEqualTo("05040001000000000000");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(client.line("connection failed"))
                .contains("no ip addresses were resolved for hostname: nowhere.example")
                .contains("DNS_LOOKUP");
    }

    @ParameterizedTest
    @CsvSource({
        "04010000, version 4",
        "0500, no method",
        "050102, wants authentication",
        "05010004010001, a request of version 4",
        "05010005020001, command 2",
        "05010005010002, address type 2",
        "0501000501000300, an empty domain",
    })
    void aViolationIsAnsweredWithSevenAndTheEnd(String said, String why) throws Exception {
        try (Socket socket = client.socks()) {
            say(socket, HEX.parseHex(said));
            String heard = hear(socket, 100);
            assertThat(heard).endsWith("05070001000000000000");
        } catch (java.net.SocketException reset) {
            // More was said than was read.
            assertThat(reset).hasMessageContaining("reset");
        }
        assertThat(client.line("connection failed", "socks5: ")).contains(why);
    }

    @Test
    void aCallToOurOwnPortIsRefusedAfterTheAnswer() throws Exception {
        byte[] loop = request(1, new byte[] {127, 0, 0, 1}, TestPod.OWN_PORT);
        try (Socket socket = ask(loop)) {
            assertThat(hear(socket, 10)).isEqualTo(SUCCESS);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(client.line("connection failed")).contains("recursive call");
    }

    @Test
    void clientsThatAskForNothingAreBounded() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 1_024; i++) {
                Socket socket = client.socks();
                silent.add(socket);
                say(socket, new byte[] {5, 1, 0});
                assertThat(hear(socket, 2)).isEqualTo("0500");
            }
            try (Socket oneMore = client.socks()) {
                assertThat(hear(oneMore, 10)).isEqualTo("05010001000000000000");
                assertThat(oneMore.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(client.line("connection failed")).contains("1024 requests are pending");
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
        org.awaitility.Awaitility.await().until(() -> client.proxy.openConnections() == 0);
        try (Socket next = ask(toApp())) {
            assertThat(hear(next, 10)).isEqualTo(SUCCESS);
        }
    }

    @Test
    void aClientThatLeavesWhileItAsksIsLetGo() throws Exception {
        Socket socket = client.socks();
        say(socket, new byte[] {5, 1, 0, 5});
        assertThat(hear(socket, 2)).isEqualTo("0500");
        socket.close();
        org.awaitility.Awaitility.await().until(() -> client.proxy.openConnections() == 0);
    }
}
