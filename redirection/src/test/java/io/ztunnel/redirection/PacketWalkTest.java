package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.ztunnel.linux.HomeNamespace;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.SocketSettings.OriginalSource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;

/** What the rules and the sockets do with real packets. */
@Timeout(60)
class PacketWalkTest {
    private static final RedirectionOptions OPTIONS = RedirectionOptions.defaults();
    private static final SocketSettings SETTINGS = SocketSettings.defaults();

    /** The addresses of the walk. */
    enum Family {
        IPV4(NamespacePair.POD_4, NamespacePair.OUTSIDE_4, NamespacePair.PROBE_4, "127.0.0.1"),
        IPV6(NamespacePair.POD_6, NamespacePair.OUTSIDE_6, NamespacePair.PROBE_6, "::1");

        final String pod;
        final String outside;
        final String probe;
        final String loopback;

        Family(String pod, String outside, String probe, String loopback) {
            this.pod = pod;
            this.outside = outside;
            this.probe = probe;
            this.loopback = loopback;
        }

        /** As Java prints it. */
        static String shown(String address) throws IOException {
            return InetAddress.getByName(address).getHostAddress();
        }
    }

    private final Deque<Closeable> opened = new ArrayDeque<>();
    private NamespacePair net;
    private StandInZtunnel ztunnel;

    @BeforeEach
    void setUp() throws Exception {
        net = closeLater(new NamespacePair());
        closeLater(new PlainPeer(net.pod(), "app", 8080));
        closeLater(new PlainPeer(net.outside(), "service", 9000));
        var network = new NamespaceNetwork(net.pod().duplicate(), SETTINGS);
        ztunnel = closeLater(new StandInZtunnel(network, SETTINGS));
    }

    /** Also what a failed set-up has opened is closed. */
    @AfterEach
    void tearDown() throws IOException {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        assertThat(HomeNamespace.strays()).isEmpty();
    }

    private <T extends Closeable> T closeLater(T resource) {
        opened.push(resource);
        return resource;
    }

    private void rules(RedirectionOptions options) throws IOException {
        RedirectionRules.apply(net.pod(), options);
    }

    private String fromPod(String address, int port) throws IOException {
        return PlainPeer.ask(net.pod(), null, address, port);
    }

    private String fromOutside(@Nullable String source, String address, int port)
            throws IOException {
        return PlainPeer.ask(net.outside(), source, address, port);
    }

    @ParameterizedTest
    @EnumSource
    void whatThePodSendsIsCapturedAndLeavesAgainFromThePodsAddress(Family family)
            throws IOException {
        rules(OPTIONS);

        assertThat(fromPod(family.outside, 9000))
                .isEqualTo("service sees " + Family.shown(family.pod));
        assertThat(ztunnel.seen)
                .containsExactly(
                        "15001: %s to %s port 9000"
                                .formatted(Family.shown(family.pod), Family.shown(family.outside)));
    }

    @ParameterizedTest
    @EnumSource
    void plaintextForThePodIsCapturedAndTheAppSeesTheRealClient(Family family) throws IOException {
        rules(OPTIONS);

        assertThat(fromOutside(null, family.pod, 8080))
                .isEqualTo("app sees " + Family.shown(family.outside));
        assertThat(ztunnel.seen)
                .containsExactly(
                        "15006: %s to %s port 8080"
                                .formatted(Family.shown(family.outside), Family.shown(family.pod)));
    }

    @ParameterizedTest
    @EnumSource
    void theTunnelPortIsReachedDirectly(Family family) throws IOException {
        rules(OPTIONS);

        assertThat(fromOutside(null, family.pod, 15008)).isEqualTo("hbone");
        assertThat(ztunnel.seen)
                .containsExactly(
                        "15008: %s to %s port 15008"
                                .formatted(Family.shown(family.outside), Family.shown(family.pod)));
    }

    @ParameterizedTest
    @EnumSource
    void aPodThatCallsItselfIsNotCaptured(Family family) throws IOException {
        rules(OPTIONS);

        assertThat(fromPod(family.pod, 8080)).isEqualTo("app sees " + Family.shown(family.pod));
        assertThat(fromPod(family.loopback, 8080))
                .isEqualTo("app sees " + Family.shown(family.loopback));
        assertThat(fromPod("127.0.0.2", 8080)).startsWith("app sees 127.0.0.");
        assertThat(ztunnel.seen).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void kubeletProbesBypassZtunnel(Family family) throws IOException {
        rules(OPTIONS);

        assertThat(fromOutside(family.probe, family.pod, 8080))
                .isEqualTo("app sees " + Family.shown(family.probe));
        assertThat(ztunnel.seen).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void inIngressModeOnlyOutboundIsCaptured(Family family) throws IOException {
        rules(OPTIONS.withIngressMode(true));

        assertThat(fromOutside(null, family.pod, 8080))
                .isEqualTo("app sees " + Family.shown(family.outside));
        assertThat(fromOutside(null, family.pod, 15008)).isEqualTo("hbone");
        fromPod(family.outside, 9000);
        assertThat(ztunnel.seen)
                .hasSize(2)
                .noneMatch(line -> line.startsWith("15006"))
                .anyMatch(line -> line.startsWith("15001"));
    }

    @ParameterizedTest
    @EnumSource
    void whatComesFromAVirtualInterfaceIsOutbound(Family family) throws IOException {
        rules(OPTIONS.withVirtualInterfaces(List.of("vm0", "eth0")));

        fromOutside(null, family.pod, 8080);

        assertThat(ztunnel.seen)
                .containsExactly(
                        "15001: %s to %s port 8080"
                                .formatted(Family.shown(family.outside), Family.shown(family.pod)));
    }

    @Test
    void withoutIpv6TheRulesLeaveIpv6Alone() throws IOException {
        rules(OPTIONS.withIpv6(false));

        assertThat(fromOutside(null, NamespacePair.POD_6, 8080))
                .isEqualTo("app sees " + Family.shown(NamespacePair.OUTSIDE_6));
        assertThat(ztunnel.seen).isEmpty();
        fromOutside(null, NamespacePair.POD_4, 8080);
        assertThat(ztunnel.seen).hasSize(1);
        assertThat(net.inPod("ip", "-6", "rule")).doesNotContain("0x111");
    }

    @Test
    void aPodWithoutIpv6OnLoopbackWorksOverIpv4() throws IOException {
        net.inPod("sysctl", "-qw", "net.ipv6.conf.lo.disable_ipv6=1");
        rules(OPTIONS);

        assertThat(fromOutside(null, NamespacePair.POD_4, 8080))
                .isEqualTo("app sees " + NamespacePair.OUTSIDE_4);
        try (var network = new NamespaceNetwork(net.pod().duplicate(), SETTINGS)) {
            assertThat(network.loopbackHasIpv6()).isFalse();
        }
        try (var network = new NamespaceNetwork(net.outside().duplicate(), SETTINGS)) {
            assertThat(network.loopbackHasIpv6()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void dnsOfThePodIsCapturedAndThatOfZtunnelIsNot(Family family) throws Exception {
        rules(OPTIONS);
        var resolver = new InetSocketAddress(family.outside, 53);
        try (var resolving = PlainPeer.udp(net.outside(), 53);
                var asking = PlainPeer.udp(net.pod(), 0);
                var proxy = PlainPeer.udp(net.pod(), 15053);
                var own = new DnsSocket(net.pod(), family == Family.IPV6)) {
            PlainPeer.send(asking, "query", resolver);
            assertThat(PlainPeer.receive(proxy)).startsWith("query from");

            own.send("forwarded", resolver);
            assertThat(PlainPeer.receive(resolving))
                    .isEqualTo("forwarded from " + Family.shown(family.pod));
            PlainPeer.send(resolving, "answer", new InetSocketAddress(family.pod, own.port()));
            assertThat(own.receive()).isEqualTo("answer");
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutDnsCaptureQueriesGoWhereTheyWereSent(Family family) throws IOException {
        rules(OPTIONS);
        rules(OPTIONS.withDnsCapture(false));
        try (var resolving = PlainPeer.udp(net.outside(), 53);
                var asking = PlainPeer.udp(net.pod(), 0)) {
            PlainPeer.send(asking, "query", new InetSocketAddress(family.outside, 53));
            assertThat(PlainPeer.receive(resolving))
                    .isEqualTo("query from " + Family.shown(family.pod));
        }
        assertThat(net.inPod("nft", "list", "tables"))
                .contains("istio-ambient-nat")
                .doesNotContain("istio-ambient-raw");
    }

    @Test
    void rulesAppliedTwiceAreTheSameAndRemovedLeaveNothing() throws IOException {
        String before = state();
        assertThat(net.inPod("nft", "list", "ruleset")).isEmpty();

        rules(OPTIONS);
        String once = state();
        rules(OPTIONS.withVirtualInterfaces(List.of("vm0")));
        assertThat(state()).isNotEqualTo(once);
        rules(OPTIONS);
        rules(OPTIONS);
        assertThat(state()).isEqualTo(once).contains("0x111/0xfff", "15006");

        RedirectionRules.remove(net.pod());
        assertThat(state()).isEqualTo(before);
        RedirectionRules.remove(net.pod());
        assertThat(fromOutside(null, NamespacePair.POD_4, 8080)).startsWith("app sees");
        assertThat(ztunnel.seen).isEmpty();
    }

    /** Everything the rules could touch, without counters. */
    private String state() throws IOException {
        return net.inPod("nft", "-s", "list", "ruleset")
                + net.inPod("ip", "-4", "rule")
                + net.inPod("ip", "-6", "rule")
                + net.inPod("ip", "-4", "route", "show", "table", "all")
                + net.inPod("ip", "-6", "route", "show", "table", "all");
    }

    @Test
    void rulesOfOthersStayInPlace() throws IOException {
        net.inPod("nft", "add table inet others");
        net.inPod("ip", "rule", "add", "fwmark", "0x7", "lookup", "7");

        rules(OPTIONS);
        RedirectionRules.remove(net.pod());

        assertThat(net.inPod("nft", "list", "tables").strip()).isEqualTo("table inet others");
        assertThat(net.inPod("ip", "rule")).contains("fwmark 0x7");
    }

    @Test
    void everySocketLivesInThePod() throws IOException {
        rules(OPTIONS);
        fromPod(NamespacePair.OUTSIDE_4, 9000);
        fromOutside(null, NamespacePair.POD_6, 8080);

        assertThat(new HashSet<>(ztunnel.cookies)).containsExactly(net.pod().cookie());
        assertThat(ztunnel.cookies).hasSize(3 + 2 + 2);
        try (var own = NetworkNamespace.current()) {
            assertThat(net.pod().cookie()).isNotEqualTo(own.cookie());
        }
    }

    @Test
    void withoutTransparentListenersNothingAnswersForOthers() throws IOException {
        var never =
                new SocketSettings(
                        SETTINGS.packetMark(),
                        true,
                        OriginalSource.NEVER,
                        true,
                        SETTINGS.keepalive(),
                        false);
        try (var network = new NamespaceNetwork(net.pod().duplicate(), never)) {
            EpollServerSocketChannel listener = network.newListener();
            assertThat(network.isTransparent(listener)).isFalse();
            listener.unsafe().closeForcibly();
        }
    }
}
