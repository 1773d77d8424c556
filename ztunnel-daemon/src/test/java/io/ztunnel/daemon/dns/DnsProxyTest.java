package io.ztunnel.daemon.dns;

import static io.ztunnel.daemon.dns.ScriptedNameServer.reply;
import static io.ztunnel.daemon.dns.TestDns.query;
import static io.ztunnel.daemon.dns.TestNames.lines;
import static io.ztunnel.daemon.dns.TestNames.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A pod's DNS proxy over real sockets, with a name server that says what the test wants. */
@Timeout(60)
class DnsProxyTest {
    private TestDns dns;

    @BeforeEach
    void start() throws IOException {
        dns = new TestDns();
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
    }

    private static Record address(String host, String ip) {
        return AddressRecords.of(name(host), 60, IpAddress.parse(ip));
    }

    private void upstreamSays(Record... answers) {
        dns.nameServer.says(
                (question, tcp) -> List.of(reply(question, Rcode.NOERROR, answers).toWire()));
    }

    private static String text(Message reply) {
        return Rcode.string(reply.getRcode())
                + " ["
                + reply.getHeader().printFlags().strip()
                + "] "
                + lines(reply.getSection(Section.ANSWER));
    }

    @Test
    void aNameOfTheMeshIsAnsweredWithAuthorityForThirtySeconds() throws IOException {
        Message reply = dns.ask("ProductPage.ns1.ns1.svc.cluster.local", Type.A);
        assertThat(text(reply))
                .isEqualTo(
                        "NOERROR [qr aa rd ra] [ProductPage.ns1.ns1.svc.cluster.local. CNAME"
                                + " productpage.ns1., productpage.ns1. A 10.1.0.1]");
        assertThat(reply.getSection(Section.ANSWER)).allMatch(r -> r.getTTL() == 30);
        assertThat(reply.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(reply.getSection(Section.ADDITIONAL)).isEmpty();
        assertThat(dns.nameServer.heard).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"productpage, AAAA", "elsewhere, A", "only4, AAAA"})
    void aServiceWithoutSuchAddressesIsAnEmptyAnswerWithAuthority(String host, String type)
            throws IOException {
        assertThat(text(dns.ask(host, Type.value(type)))).isEqualTo("NOERROR [qr aa rd ra] []");
        assertThat(dns.nameServer.heard).isEmpty();
    }

    @Test
    void theOrderOfAddressesChanges() throws IOException {
        HashSet<List<String>> orders = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            orders.add(lines(dns.ask("headless", Type.A).getSection(Section.ANSWER)));
        }
        assertThat(orders).hasSize(2);
    }

    @Test
    void theClassOfAQuestionIsIgnored() throws IOException {
        Record question = Record.newRecord(name("productpage"), Type.A, DClass.CH);
        assertThat(text(dns.ask(Message.newQuery(question)))).contains("A 10.1.0.1");
    }

    @Test
    void everythingElseIsAskedUpstreamWithWhateverTypeAndThePodsOwnNames() throws IOException {
        upstreamSays(
                new MXRecord(name("productpage"), DClass.IN, 60, 5, name("mx.productpage")),
                new CNAMERecord(name("productpage"), DClass.IN, 60, name("other")));
        assertThat(text(dns.ask("productpage", Type.MX)))
                .isEqualTo(
                        "NOERROR [qr rd ra] [productpage. MX 5 mx.productpage.,"
                                + " productpage. CNAME other.]");
        assertThat(dns.nameServer.heard).containsExactly("udp productpage. MX");
    }

    @Test
    void answersAndAdditionalsArePassedOnWithoutAuthorities() throws IOException {
        dns.nameServer.says(
                (question, tcp) -> {
                    Message reply =
                            reply(question, Rcode.NOERROR, address("www.example", "1.2.3.4"));
                    reply.addRecord(
                            new NSRecord(name("example"), DClass.IN, 60, name("ns.example")),
                            Section.AUTHORITY);
                    reply.addRecord(address("ns.example", "1.2.3.5"), Section.ADDITIONAL);
                    return List.of(reply.toWire());
                });
        Message reply = dns.ask("www.example", Type.A);
        assertThat(text(reply)).isEqualTo("NOERROR [qr rd ra] [www.example. A 1.2.3.4]");
        assertThat(reply.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(lines(reply.getSection(Section.ADDITIONAL)))
                .containsExactly("ns.example. A 1.2.3.5");
    }

    @ParameterizedTest
    @CsvSource({"NXDOMAIN", "NOERROR", "SERVFAIL", "REFUSED", "NOTIMP"})
    void whatNameServersRefuseIsPassedOn(String code) throws IOException {
        dns.nameServer.says(
                (question, tcp) -> List.of(reply(question, Rcode.value(code)).toWire()));
        assertThat(text(dns.ask("www.example", Type.A))).isEqualTo(code + " [qr rd] []");
        assertThat(dns.metric("istio_dns_upstream_failures_total")).isEqualTo(1);
    }

    @Test
    void silenceIsAServerFailure() throws IOException {
        try (TestDns quick = new TestDns("nameserver 127.0.0.1\noptions timeout:1 attempts:2")) {
            assertThat(text(quick.ask("www.example", Type.A))).isEqualTo("SERVFAIL [qr rd] []");
            assertThat(quick.nameServer.heard).hasSize(2);
        }
    }

    @Test
    void anAnswerIsAskedForOnce() throws IOException {
        upstreamSays(address("www.example", "1.2.3.4"));
        dns.ask("www.example", Type.A);
        assertThat(text(dns.ask("WWW.example", Type.A))).contains("1.2.3.4");
        assertThat(dns.nameServer.heard).hasSize(1);
    }

    @Test
    void hostsAndReservedNamesAreAnsweredHere() throws IOException {
        assertThat(text(dns.ask("hosted", Type.A)))
                .isEqualTo("NOERROR [qr rd ra] [hosted. A 10.7.0.1]");
        assertThat(text(dns.ask("localhost", Type.A))).contains("127.0.0.1");
        assertThat(text(dns.ask("some.invalid", Type.A))).startsWith("NXDOMAIN");
        assertThat(dns.nameServer.heard).isEmpty();
    }

    @Test
    void forgedAnswersAreNotBelieved() throws IOException {
        dns.nameServer.says(
                (question, tcp) -> {
                    Message other =
                            reply(question, Rcode.NOERROR, address("www.example", "6.6.6.6"));
                    other.getHeader().setID(question.getHeader().getID() ^ 1);
                    Message elsewhere =
                            reply(
                                    query("evil.example", Type.A),
                                    Rcode.NOERROR,
                                    address("www.example", "6.6.6.6"));
                    elsewhere.getHeader().setID(question.getHeader().getID());
                    return List.of(
                            new byte[] {1, 2, 3},
                            other.toWire(),
                            elsewhere.toWire(),
                            reply(question, Rcode.NOERROR, address("www.example", "1.2.3.4"))
                                    .toWire());
                });
        assertThat(text(dns.ask("www.example", Type.A))).contains("1.2.3.4").doesNotContain("6.6");
    }

    @Test
    void eachQuestionHasAPortOfItsOwn() throws IOException {
        upstreamSays(address("www.example", "1.2.3.4"));
        for (int i = 0; i < 20; i++) {
            dns.ask("n" + i + ".example", Type.A);
        }
        assertThat(new HashSet<>(dns.nameServer.ports)).hasSizeGreaterThan(15);
    }

    private static Message large(Message question, int records) {
        Message reply = reply(question, Rcode.NOERROR);
        for (int i = 0; i < records; i++) {
            reply.addRecord(
                    address("www.example", "10.0." + i / 256 + "." + i % 256), Section.ANSWER);
        }
        return reply;
    }

    @Test
    void aTruncatedAnswerIsAskedForAgainOverTcp() throws IOException {
        dns.nameServer.says(
                (question, tcp) -> {
                    Message reply = large(question, tcp ? 1000 : 1);
                    if (!tcp) {
                        reply.getHeader().setFlag(org.xbill.DNS.Flags.TC);
                    }
                    return List.of(reply.toWire());
                });
        Message short4096 = dns.ask("www.example", Type.A);
        assertThat(Messages.isTruncated(short4096)).isTrue();
        assertThat(short4096.getSection(Section.ANSWER).size()).isBetween(200, 260);
        assertThat(dns.nameServer.heard)
                .containsExactly("udp www.example. A", "tcp www.example. A");
        try (Socket socket = dns.connect()) {
            TestDns.send(socket, query("www.example", Type.A));
            Message whole = TestDns.receive(socket);
            assertThat(Messages.isTruncated(whole)).isFalse();
            assertThat(whole.getSection(Section.ANSWER)).hasSize(1000);
        }
    }

    @Test
    void requestsOfOneConnectionAreAnsweredInTheirOrder() throws IOException {
        dns.nameServer.says(
                (question, tcp) -> {
                    // The first answer takes longer than the second would.
                    await().pollDelay(200, TimeUnit.MILLISECONDS).until(() -> true);
                    return List.of(reply(question, Rcode.NXDOMAIN).toWire());
                });
        try (Socket socket = dns.connect()) {
            TestDns.send(
                    socket,
                    query("slow.example", Type.A),
                    query("productpage", Type.A),
                    query("dual", Type.AAAA));
            socket.shutdownOutput();
            assertThat(text(TestDns.receive(socket))).startsWith("NXDOMAIN");
            assertThat(text(TestDns.receive(socket))).contains("10.1.0.1");
            assertThat(text(TestDns.receive(socket))).contains("fd00");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aRequestMayComeInPieces() throws IOException {
        byte[] bytes = query("productpage", Type.A).toWire();
        try (Socket socket = dns.connect()) {
            for (int round = 0; round < 2; round++) {
                OutputStream out = socket.getOutputStream();
                out.write(new byte[] {0, (byte) bytes.length});
                await().pollDelay(50, TimeUnit.MILLISECONDS).until(() -> true);
                out.write(bytes, 0, 5);
                await().pollDelay(50, TimeUnit.MILLISECONDS).until(() -> true);
                out.write(bytes, 5, bytes.length - 5);
                assertThat(text(TestDns.receive(socket))).contains("10.1.0.1");
            }
        }
    }

    @Test
    void aSilentConnectionIsClosedAfterFiveSeconds() throws IOException {
        try (Socket socket = dns.connect()) {
            TestDns.send(socket, query("productpage", Type.A));
            TestDns.receive(socket);
            long start = System.nanoTime();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                    .isBetween(4_500L, 8_000L);
        }
    }

    @Test
    void aPodHasOnlySoManyConnections() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < DnsProxy.MAX_CONNECTIONS; i++) {
                sockets.add(dns.connect());
                TestDns.send(sockets.getLast(), query("productpage", Type.A));
                TestDns.receive(sockets.getLast());
            }
            try (Socket more = dns.connect()) {
                assertThat(more.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(dns.metric("ztunnel_pod_limit_reached_total", "dns_connections"))
                    .isEqualTo(1);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aPodHasOnlySoManyRequestsOpenAndNamesOfTheMeshStillWork() throws IOException {
        try (DatagramSocket socket = dns.socket()) {
            for (int i = 0; i < PodResolver.MAX_WAITING; i++) {
                TestDns.send(socket, query("n" + i + ".example", Type.A).toWire());
                if (i % 64 == 63) {
                    int sent = i + 1;
                    await().until(() -> dns.nameServer.heard.size() >= sent);
                }
            }
            assertThat(text(dns.ask("one.more.example", Type.A))).startsWith("SERVFAIL");
            assertThat(text(dns.ask("productpage", Type.A))).contains("10.1.0.1");
        }
        assertThat(dns.metric("ztunnel_pod_limit_reached_total", "dns_requests")).isEqualTo(1);
        await().untilAsserted(
                        () ->
                                assertThat(text(dns.ask("productpage", Type.A)))
                                        .contains("10.1.0.1"));
    }

    @Test
    void aFloodOfOnePodLeavesAnotherItsTurn() throws Exception {
        byte[] question = query("productpage", Type.A).toWire();
        AtomicBoolean enough = new AtomicBoolean();
        try (TestDns other = TestDns.beside(dns);
                DatagramSocket flood = dns.socket()) {
            Thread flooding =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!enough.get()) {
                                            try {
                                                TestDns.send(flood, question);
                                            } catch (IOException full) {
                                                Thread.onSpinWait();
                                            }
                                        }
                                    });
            try {
                await().until(() -> dns.metric("istio_dns_requests_total") > 1_000);
                long start = System.nanoTime();
                for (int i = 0; i < 20; i++) {
                    assertThat(text(other.ask("productpage", Type.A))).contains("10.1.0.1");
                }
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                        .isLessThan(5_000);
            } finally {
                enough.set(true);
                flooding.join();
            }
        }
    }

    @Test
    void otherOperationsAreNotImplementedAndOddNumbersOfQuestionsFail() throws IOException {
        Message notify = query("productpage", Type.A);
        notify.getHeader().setOpcode(Opcode.NOTIFY);
        Message two = query("productpage", Type.A);
        two.addRecord(Record.newRecord(name("b"), Type.A, DClass.IN), Section.QUESTION);
        Message none = new Message(9);
        assertThat(dns.ask(notify).getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(dns.ask(two).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(dns.ask(none).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(dns.metric("istio_dns_requests_total", "query_type=\"unknown\"")).isEqualTo(2);
    }

    @Test
    void malformedPacketsAreAFormatErrorAndAnswersAreIgnored() throws IOException {
        try (DatagramSocket socket = dns.socket()) {
            Message answer = query("productpage", Type.A);
            answer.getHeader().setFlag(org.xbill.DNS.Flags.QR);
            TestDns.send(socket, answer.toWire());
            TestDns.send(socket, new byte[] {1, 2, 3});
            byte[] malformed = query("productpage", Type.A).toWire();
            malformed[5] = 9;
            byte[] reply = TestDns.exchange(socket, malformed);
            assertThat(new Message(reply).getRcode()).isEqualTo(Rcode.FORMERR);
            assertThat(reply).hasSize(12);
            socket.setSoTimeout(200);
            assertThatThrownBy(() -> TestDns.receive(socket))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aPodThatTheMeshDoesNotKnowWaitsAndThenFails() throws IOException {
        CompletableFuture<Workload> unknown = new CompletableFuture<>();
        dns.own = unknown;
        try (DatagramSocket socket = dns.socket()) {
            TestDns.send(socket, query("productpage", Type.A).toWire());
            TestDns.send(socket, query("dual", Type.A).toWire());
            socket.setSoTimeout(200);
            assertThatThrownBy(() -> TestDns.receive(socket))
                    .isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout(10_000);
            unknown.completeExceptionally(new IOException("nobody has told of it"));
            assertThat(new Message(TestDns.receive(socket)).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(new Message(TestDns.receive(socket)).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
        assertThat(
                        dns.metric(
                                "istio_dns_requests_total",
                                "source_canonical_service=\"unknown\"",
                                "source_canonical_revision=\"unknown\""))
                .isEqualTo(2);
    }

    @Test
    void requestsAreCountedByTypeProtocolAndSource() throws IOException {
        upstreamSays(address("www.example", "1.2.3.4"));
        dns.ask("productpage", Type.A);
        dns.ask("www.example", Type.AAAA);
        try (Socket socket = dns.connect()) {
            TestDns.send(socket, query("www.example", Type.TXT));
            TestDns.receive(socket);
        }
        dns.ask("odd.example", 65_280);
        assertThat(dns.metricsText())
                .contains(
                        "istio_dns_requests_total{request_query_type=\"a\",request_protocol=\"udp\","
                            + "source_canonical_service=\"client-app\",source_canonical_revision=\"v1\"}"
                            + " 1",
                        "istio_dns_upstream_requests_total{request_query_type=\"txt\","
                                + "request_protocol=\"tcp\"",
                        "# UNIT istio_dns_upstream_request_duration_seconds seconds",
                        "istio_dns_upstream_request_duration_seconds_bucket{request_query_type="
                                + "\"aaaa\",request_protocol=\"udp\","
                                + "source_canonical_service=\"client-app\","
                                + "source_canonical_revision=\"v1\",le=\"0.0005\"}",
                        "request_query_type=\"unknown\"")
                .doesNotContain("dns_upstream_requests_total{request_query_type=\"a\"");
        for (String bound : List.of("0.0005", "0.001", "0.01", "0.1", "1.0", "5.0", "+Inf")) {
            assertThat(dns.metricsText()).contains("le=\"" + bound + "\"");
        }
        assertThat(dns.metric("istio_dns_upstream_request_duration_seconds_count")).isEqualTo(3);
        assertThat(dns.metric("istio_dns_upstream_failures_total")).isZero();
    }

    @Test
    void whatWasAnsweredIsLoggedAtDebug() throws IOException {
        upstreamSays(address("www.example", "1.2.3.4"));
        dns.ask("headless", Type.A);
        dns.ask("www.example", Type.MX);
        await().until(() -> dns.lines().size() >= 2);
        assertThat(dns.lines().get(0))
                .contains("\tdebug\tdns\t")
                .endsWith(
                        "src.workload=\"client\" src.namespace=\"ns1\" query=\"A\""
                                + " domain=\"headless.\" result=\"success\" endpoints=2");
        assertThat(dns.lines().get(1)).endsWith("result=\"forwarded\" endpoints=1");
    }

    @Test
    void aGracefulDrainAnswersWhatWasAsked() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Void> answer = new CompletableFuture<>();
        dns.nameServer.says(
                (question, tcp) -> {
                    asked.complete(null);
                    answer.join();
                    return List.of(reply(question, Rcode.NXDOMAIN).toWire());
                });
        try (DatagramSocket udp = dns.socket();
                Socket idle = dns.connect();
                Socket busy = dns.connect()) {
            TestDns.send(idle, query("productpage", Type.A));
            TestDns.receive(idle);
            TestDns.send(udp, query("slow.example", Type.A).toWire());
            TestDns.send(busy, query("slow.example", Type.A));
            asked.get(10, TimeUnit.SECONDS);
            await().until(() -> dns.metric("istio_dns_upstream_requests_total") == 2);
            CompletionStage<Void> drained = dns.proxy.drain();
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
            assertThat(drained.toCompletableFuture()).isNotDone();
            answer.complete(null);
            assertThat(new Message(TestDns.receive(udp)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(TestDns.receive(busy).getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(busy.getInputStream().read()).isEqualTo(-1);
            drained.toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void anImmediateEndWaitsForNothing() throws Exception {
        try (DatagramSocket udp = dns.socket();
                Socket busy = dns.connect()) {
            TestDns.send(udp, query("slow.example", Type.A).toWire());
            TestDns.send(busy, query("slow.example", Type.A));
            await().until(() -> dns.metric("istio_dns_upstream_requests_total") == 2);
            dns.proxy.close();
            assertThat(busy.getInputStream().read()).isEqualTo(-1);
            dns.proxy.drain().toCompletableFuture().get(1, TimeUnit.SECONDS);
        }
    }

    @Test
    void withoutNameServersOnlyTheMeshIsKnown() throws IOException {
        try (TestDns alone = new TestDns("")) {
            assertThat(text(alone.ask("productpage", Type.A))).contains("10.1.0.1");
            assertThat(text(alone.ask("www.example", Type.A))).isEqualTo("SERVFAIL [qr rd] []");
        }
    }

    /** A network of which only its loopback counts. */
    private record Loopback(boolean loopbackHasIpv6) implements PodNetwork {
        @Override
        public EpollServerSocketChannel newListener() {
            throw new AssertionError();
        }

        @Override
        public boolean isTransparent(EpollServerSocketChannel listener) {
            throw new AssertionError();
        }

        @Override
        public EpollSocketChannel newClient(boolean ipv6) {
            throw new AssertionError();
        }

        @Override
        public long cookie() {
            return 0;
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    localhost:15053 | true | 127.0.0.1:15053 [::1]:15053
                    localhost:15053 | false | 127.0.0.1:15053
                    127.0.0.2:53 | true | 127.0.0.2:53
                    [::1]:53 | false | [::1]:53
                    """)
    void ipv6IsLeftOutWhereThePodsLoopbackHasNone(String listen, boolean ipv6, String expected)
            throws IOException {
        Config config =
                Config.from(
                        Map.of("FAKE_CA", "true", "ISTIO_META_DNS_PROXY_ADDR", listen),
                        List.of(),
                        TestDns.resolvConf(""),
                        2);
        assertThat(DnsProxy.addresses(config.dns().listen(), new Loopback(ipv6)))
                .extracting(HostPort::toString)
                .containsExactly(expected.split(" ", -1));
    }

    @Test
    void aNameIsResolvedForAnotherProxyAsForThePod() throws Exception {
        CompletableFuture<List<IpAddress>> found = new CompletableFuture<>();
        dns.proxy.lookup("productpage.ns1.ns1.svc.cluster.local", false, found::complete);
        assertThat(TestNames.texts(found.get(10, TimeUnit.SECONDS))).containsExactly("10.1.0.1");
        CompletableFuture<List<IpAddress>> none = new CompletableFuture<>();
        dns.proxy.lookup("not..a.name", true, none::complete);
        assertThat(none.get(10, TimeUnit.SECONDS)).isEmpty();
    }
}
