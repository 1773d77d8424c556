package io.ztunnel.sandbox.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

class DnsServerTest {
    private static final int A = 1;
    private static final int AAAA = 28;
    private static final int TXT = 16;
    private static final int NXDOMAIN = 3;

    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private DnsServer server;

    @BeforeEach
    void start() throws IOException {
        server =
                DnsServer.start(
                        loop.next(),
                        new EpollDatagramChannel(),
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        server.replace(
                new NameTable(
                        Map.of(
                                "reviews.bookinfo.svc.cluster.local",
                                List.of(
                                        InetAddress.ofLiteral("10.4.188.144"),
                                        InetAddress.ofLiteral("fd00:10:4::1")),
                                "v4only.test",
                                List.of(InetAddress.ofLiteral("10.4.0.1"))),
                        Map.of("alias.test", "v4only.test")));
    }

    @AfterEach
    void stop() {
        server.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** The header's answer count and code, and the whole packet. */
    private record Reply(int code, int answers, byte[] packet) {
        boolean endsWith(byte[] address) {
            return Arrays.equals(
                    packet,
                    packet.length - address.length,
                    packet.length,
                    address,
                    0,
                    address.length);
        }
    }

    private Reply ask(String name, int type) throws IOException {
        ByteArrayOutputStream query = new ByteArrayOutputStream();
        query.writeBytes(new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : List.of(name.split("\\.", -1))) {
            query.write(label.length());
            query.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        query.writeBytes(new byte[] {0, 0, (byte) type, 0, 1});
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(5000);
            socket.send(new DatagramPacket(query.toByteArray(), query.size(), server.address()));
            DatagramPacket packet = new DatagramPacket(new byte[512], 512);
            socket.receive(packet);
            byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
            ByteBuffer header = ByteBuffer.wrap(bytes);
            assertThat(header.getShort(0)).isEqualTo((short) 0x1234);
            return new Reply(bytes[3] & 0xf, header.getShort(6), bytes);
        }
    }

    @Test
    void aNameHasItsAddressesOfTheFamilyAsked() throws IOException {
        Reply v4 = ask("Reviews.bookinfo.svc.CLUSTER.local", A);
        Reply v6 = ask("reviews.bookinfo.svc.cluster.local", AAAA);

        assertThat(v4.answers()).isEqualTo(1);
        assertThat(v4.endsWith(InetAddress.ofLiteral("10.4.188.144").getAddress())).isTrue();
        assertThat(v6.answers()).isEqualTo(1);
        assertThat(v6.endsWith(InetAddress.ofLiteral("fd00:10:4::1").getAddress())).isTrue();
    }

    @Test
    void anAliasIsAnsweredWithTheAddressesOfItsName() throws IOException {
        Reply reply = ask("Alias.test", A);
        assertThat(reply.answers()).isEqualTo(2);
        assertThat(reply.endsWith(InetAddress.ofLiteral("10.4.0.1").getAddress())).isTrue();
        assertThat(ask("alias.test", AAAA).answers()).isEqualTo(1);
    }

    @Test
    void aKnownNameWithoutThatTypeIsAnEmptyAnswer() throws IOException {
        assertThat(ask("v4only.test", AAAA))
                .extracting(Reply::code, Reply::answers)
                .containsExactly(0, 0);
        assertThat(ask("v4only.test", TXT))
                .extracting(Reply::code, Reply::answers)
                .containsExactly(0, 0);
    }

    @Test
    void anUnknownNameDoesNotExist() throws IOException {
        assertThat(ask("nowhere.test", A).code()).isEqualTo(NXDOMAIN);
    }

    @Test
    void junkIsSurvived() throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, server.address()));
        }

        assertThat(ask("v4only.test", A).answers()).isEqualTo(1);
    }
}
