package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.redirection.PodProxy;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.xds.LocalFileSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** DNS as one of the listeners of a pod, and as what SOCKS5 finds names with. */
class DnsListenerTest {
    private final TestMesh mesh = new TestMesh();
    private TestPod pod;

    @BeforeEach
    void start() throws Exception {
        mesh.dns = true;
        pod = mesh.pod("client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.socks5());
        MeshUpdate update =
                LocalFileSource.inline(
                                """
                                services:
                                - name: echo
                                  namespace: shop
                                  hostname: echo.shop.svc.cluster.local
                                  vips: ["/127.9.0.1"]
                                  ports: {"80": 8080}
                                - name: six
                                  namespace: shop
                                  hostname: six.shop.svc.cluster.local
                                  vips: ["/fd00::9"]
                                  ports: {"80": 8080}
                                """)
                        .read()
                        .toUpdate();
        mesh.apply(update);
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
    }

    private static Message query() throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString("echo."), Type.A, DClass.IN));
    }

    private static Message overUdp(InetSocketAddress server) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.setSoTimeout(10_000);
            byte[] bytes = query().toWire();
            socket.send(new DatagramPacket(bytes, bytes.length));
            DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);
            return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        }
    }

    private static Message overTcp(InetSocketAddress server) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(10_000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            byte[] bytes = query().toWire();
            out.writeShort(bytes.length);
            out.write(bytes);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return new Message(in.readNBytes(in.readUnsignedShort()));
        }
    }

    /** Those of DNS come after those of the other proxies. */
    private List<InetSocketAddress> tcpAddresses() {
        List<InetSocketAddress> all = pod.proxy.addresses();
        return all.subList(4, all.size());
    }

    @Test
    void bothLoopbackAddressesAnswerOverUdpAndTcp() throws Exception {
        List<InetSocketAddress> udp = pod.proxy.dnsAddresses();
        assertThat(udp)
                .extracting(address -> address.getAddress().getHostAddress())
                .containsExactly("127.0.0.1", "0:0:0:0:0:0:0:1");
        List<Message> replies = new ArrayList<>();
        for (InetSocketAddress address : udp) {
            replies.add(overUdp(address));
        }
        for (InetSocketAddress address : tcpAddresses()) {
            replies.add(overTcp(address));
        }
        assertThat(replies)
                .hasSize(4)
                .allSatisfy(
                        reply ->
                                assertThat(reply.getSection(Section.ANSWER))
                                        .singleElement()
                                        .extracting(Record::rdataToString)
                                        .isEqualTo("127.9.0.1"));
        assertThat(pod.metric("istio_dns_requests_total", "udp")).isEqualTo(2);
        assertThat(pod.metric("istio_dns_requests_total", "tcp")).isEqualTo(2);
    }

    @Test
    void theListenersEndWithThePod() throws Exception {
        List<InetSocketAddress> udp = pod.proxy.dnsAddresses();
        InetSocketAddress tcp = tcpAddresses().getFirst();
        pod.proxy.drain(PodProxy.Drain.IMMEDIATE).toCompletableFuture().get(10, TimeUnit.SECONDS);
        for (InetSocketAddress address : udp) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> overUdp(address))
                    .isInstanceOf(PortUnreachableException.class);
        }
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> overTcp(tcp))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "echo, 127.9.0.1", // the family of the client
        "echo.shop.svc.shop.svc.cluster.local, 127.9.0.1", // as the pod's resolver may spell it
        "six, [fd00::9]", // there is no other
    })
    void socks5FindsNamesAsThePodDoes(String name, String address) throws Exception {
        try (Socket socket = pod.socks()) {
            askFor(socket, name);
            assertThat(HexFormat.of().formatHex(socket.getInputStream().readNBytes(12)))
                    .isEqualTo("0500" + "05000001000000000000");
        }
        assertThat(pod.line("connection failed")).contains("upstream: " + address + ":80");
        assertThat(pod.metric("istio_dns_requests_total")).isPositive();
    }

    @Test
    void socks5RefusesNamesThatNobodyKnows() throws Exception {
        try (Socket socket = pod.socks()) {
            askFor(socket, "nowhere.example");
            assertThat(HexFormat.of().formatHex(socket.getInputStream().readNBytes(12)))
                    .isEqualTo("0500" + "05040001000000000000");
        }
        assertThat(pod.line("connection failed")).contains("DNS_LOOKUP");
    }

    private static void askFor(Socket socket, String name) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.write(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) name.length()});
        out.write(name.getBytes(StandardCharsets.US_ASCII));
        out.writeShort(80);
    }
}
