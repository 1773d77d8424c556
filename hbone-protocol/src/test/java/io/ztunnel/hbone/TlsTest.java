package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.Future;

import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import javax.net.ssl.ExtendedSSLSession;

/** Handshakes with a stock TLS peer on the other side, for both engines of ours. */
@ExtendWith(LeakFree.class)
class TlsTest {
    private static final TestCa CA = TestCa.root("cluster.local");
    private static final TestCa OTHER_CA = TestCa.root("elsewhere");
    private static final TlsIdentity SERVER = CA.issue(Rig.SERVER);
    private static final TlsIdentity CLIENT = CA.issue(Rig.CLIENT);

    private static Rig rig;

    private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
    private final List<TlsContext> contexts = new ArrayList<>();

    private final InboundTunnelHandler recorder =
            new ConnectHandler() {
                @Override
                public void onTunnel(InboundTunnel tunnel) {
                    outcomes.add(tunnel);
                }

                @Override
                public void onHandshakeFailed(HboneException cause) {
                    outcomes.add(cause);
                }

                @Override
                public void onConnect(InboundStream stream) {}
            };

    @BeforeAll
    static void open() {
        rig = new Rig();
    }

    @AfterAll
    static void shut() throws Exception {
        rig.close();
    }

    @AfterEach
    void release() {
        contexts.forEach(TlsContext::close);
    }

    private static HboneTls tls(boolean openSsl) {
        return new HboneTls(openSsl, false, HboneTls.DEFAULT_GROUPS);
    }

    private TlsContext server(boolean openSsl) throws Exception {
        TlsContext context = tls(openSsl).server(SERVER);
        contexts.add(context);
        return context;
    }

    private TlsContext client(boolean openSsl, String... accepted) throws Exception {
        TlsContext context = tls(openSsl).client(CLIENT, List.of(accepted));
        contexts.add(context);
        return context;
    }

    private Object outcome() throws Exception {
        Object outcome = outcomes.poll(20, TimeUnit.SECONDS);
        assertThat(outcome).as("an outcome in time").isNotNull();
        return outcome;
    }

    /** A client of another make that trusts everybody. */
    private static SslContextBuilder stock(@Nullable TlsIdentity own) {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .protocols("TLSv1.3")
                        .endpointIdentificationAlgorithm(null)
                        .applicationProtocolConfig(alpn("h2"));
        return own == null ? builder : builder.keyManager(new OwnCertificate(own));
    }

    private static ApplicationProtocolConfig alpn(String protocol) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocol);
    }

    record Case(String name, SslContextBuilder client, String why) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> refusedClients() {
        return Stream.of(
                        new Case("no certificate", stock(null), ""),
                        leaf(
                                "another trust domain",
                                l -> l.uris("spiffe://other/ns/client/sa/default"),
                                "peer did not present the expected trustdomain (td), got"
                                        + " [spiffe://other/ns/client/sa/default]"),
                        leaf("no SPIFFE identity", l -> l.uris().dnsNames("td"), "got []"),
                        leaf("a URI of another shape", l -> l.uris("spiffe://td/client"), "got []"),
                        leaf("expired", l -> l.uris(Rig.CLIENT).expired(), ""),
                        leaf("not yet valid", l -> l.uris(Rig.CLIENT).notYetValid(), ""),
                        leaf("a CA", l -> l.uris(Rig.CLIENT).ca(true), "one of a CA"),
                        leaf(
                                "for servers only",
                                l -> l.uris(Rig.CLIENT).usages(KeyPurposeId.id_kp_serverAuth),
                                "client authentication"),
                        new Case(
                                "an unknown root",
                                stock(OTHER_CA.issue(Rig.CLIENT)),
                                "is not trusted"),
                        new Case("TLS 1.2", stock(CLIENT).protocols("TLSv1.2"), ""),
                        new Case(
                                "no h2",
                                stock(CLIENT).applicationProtocolConfig(alpn("http/1.1")),
                                ""),
                        new Case(
                                "CHACHA20 only",
                                stock(CLIENT).ciphers(List.of("TLS_CHACHA20_POLY1305_SHA256")),
                                ""))
                .flatMap(c -> Stream.of(Arguments.of(c, true), Arguments.of(c, false)));
    }

    private static Case leaf(String name, UnaryOperator<TestCa.Leaf> change, String why) {
        return new Case(name, stock(CA.issue(change.apply(new TestCa.Leaf()))), why);
    }

    @ParameterizedTest(name = "{0}, OpenSSL {1}")
    @MethodSource("refusedClients")
    void clientsAreRefusedInTheHandshakeFor(Case client, boolean openSsl) throws Exception {
        InetSocketAddress to = rig.serve(server(openSsl), HboneSettings.DEFAULTS, recorder);
        Channel channel = handshake(to, client.client.build());
        assertThat(outcome())
                .isInstanceOfSatisfying(
                        HboneException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(HboneException.Code.TLS);
                            assertThat(e).hasMessageContaining(client.why);
                            assertThat(e.getMessage()).doesNotContain("\n");
                        });
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(outcomes).isEmpty();
    }

    static Stream<Arguments> acceptedClients() {
        return Stream.of(
                        new Case("its own trust domain", stock(CLIENT), ""),
                        leaf(
                                "a second SAN of the trust domain",
                                l -> l.uris("spiffe://other/ns/a/sa/b", Rig.CLIENT),
                                ""),
                        leaf("no extended key usage", l -> l.uris(Rig.CLIENT).usages(), ""),
                        new Case(
                                "an intermediate",
                                stock(CA.intermediate("inter").issue(Rig.CLIENT)),
                                ""),
                        new Case(
                                "no ALPN",
                                stock(CLIENT)
                                        .applicationProtocolConfig(
                                                ApplicationProtocolConfig.DISABLED),
                                ""))
                .flatMap(c -> Stream.of(Arguments.of(c, true), Arguments.of(c, false)));
    }

    @ParameterizedTest(name = "{0}, OpenSSL {1}")
    @MethodSource("acceptedClients")
    void clientsAreAcceptedFor(Case client, boolean openSsl) throws Exception {
        InetSocketAddress to = rig.serve(server(openSsl), HboneSettings.DEFAULTS, recorder);
        Channel channel = handshake(to, client.client.build());
        assertThat(outcome())
                .isInstanceOfSatisfying(
                        InboundTunnel.class,
                        tunnel -> assertThat(tunnel.peerIdentities()).contains(Rig.CLIENT));
        channel.close();
    }

    private static Channel handshake(InetSocketAddress to, SslContext client) throws Exception {
        return rig.plain(
                to,
                client.newHandler(io.netty.buffer.PooledByteBufAllocator.DEFAULT),
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                        ctx.close();
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientsThatListServersRefuseOthers(boolean openSsl) throws Exception {
        InetSocketAddress to = stockServer(SERVER, new LinkedBlockingQueue<>());
        HboneException cause =
                Rig.failure(
                        rig.connect(
                                to,
                                client(openSsl, "spiffe://td/ns/other/sa/default"),
                                HboneSettings.DEFAULTS));
        assertThat(cause.code()).isEqualTo(HboneException.Code.TLS);
        assertThat(cause)
                .hasMessageContaining(
                        "peer did not present the expected SAN (["
                                + "spiffe://td/ns/other/sa/default]), got ["
                                + Rig.SERVER
                                + "]");
        cause = Rig.failure(rig.connect(to, client(openSsl), HboneSettings.DEFAULTS));
        assertThat(cause.code())
                .as("an empty list accepts nobody")
                .isEqualTo(HboneException.Code.TLS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void serversOfOtherRootsOrForClientsOnlyAreRefused(boolean openSsl) throws Exception {
        for (TlsIdentity bad :
                List.of(
                        OTHER_CA.issue(Rig.SERVER),
                        CA.issue(
                                new TestCa.Leaf()
                                        .uris(Rig.SERVER)
                                        .usages(KeyPurposeId.id_kp_clientAuth)),
                        CA.issue(new TestCa.Leaf().uris(Rig.SERVER).expired()))) {
            InetSocketAddress to = stockServer(bad, new LinkedBlockingQueue<>());
            Future<OutboundTunnel> future =
                    rig.connect(to, client(openSsl, Rig.SERVER), HboneSettings.DEFAULTS);
            assertThat(Rig.failure(future).code()).isEqualTo(HboneException.Code.TLS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientsAcceptAnyListedSanAndSendNoServerName(boolean openSsl) throws Exception {
        BlockingQueue<ExtendedSSLSession> sessions = new LinkedBlockingQueue<>();
        TlsIdentity two = CA.issue(new TestCa.Leaf().uris("spiffe://td/ns/x/sa/y", Rig.SERVER));
        InetSocketAddress to = stockServer(two, sessions);
        OutboundTunnel tunnel =
                Rig.get(
                        rig.connect(
                                to,
                                client(openSsl, "spiffe://td/ns/z/sa/z", Rig.SERVER),
                                HboneSettings.DEFAULTS));
        assertThat(tunnel.peerIdentities()).containsExactly("spiffe://td/ns/x/sa/y", Rig.SERVER);
        ExtendedSSLSession session = sessions.poll(20, TimeUnit.SECONDS);
        assertThat(session).isNotNull();
        assertThat(session.getRequestedServerNames()).isEmpty();
        assertThat(session.getProtocol()).isEqualTo("TLSv1.3");
        assertThat(session.getPeerCertificates()[0]).isEqualTo(CLIENT.chain().get(0));
        tunnel.eventLoop().submit(tunnel::close).sync();
    }

    /** A TLS server of another make that accepts any client of the CA and then says nothing. */
    private InetSocketAddress stockServer(
            TlsIdentity own, BlockingQueue<ExtendedSSLSession> sessions) throws Exception {
        SslContext context =
                SslContextBuilder.forServer(own.key(), own.chain().toArray(X509Certificate[]::new))
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3")
                        .clientAuth(ClientAuth.REQUIRE)
                        .trustManager(CA.certificate())
                        .applicationProtocolConfig(alpn("h2"))
                        .build();
        return rig.listen(
                child -> {
                    SslHandler handler = context.newHandler(child.alloc());
                    handler.handshakeFuture()
                            .addListener(
                                    done -> {
                                        if (done.isSuccess()) {
                                            sessions.add(
                                                    (ExtendedSSLSession)
                                                            handler.engine().getSession());
                                        }
                                    });
                    child.pipeline()
                            .addLast(
                                    handler,
                                    new ChannelInboundHandlerAdapter() {
                                        @Override
                                        public void exceptionCaught(
                                                ChannelHandlerContext ctx, Throwable cause) {
                                            ctx.close();
                                        }
                                    });
                    child.config().setAutoRead(true);
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsResumed(boolean openSsl) throws Exception {
        InetSocketAddress to = rig.serve(server(openSsl), HboneSettings.DEFAULTS, recorder);
        SslContext stock = stock(CLIENT).build();
        List<Long> created = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SslHandler handler =
                    stock.newHandler(
                            io.netty.buffer.PooledByteBufAllocator.DEFAULT, "server", to.getPort());
            BlockingQueue<Object> read = new LinkedBlockingQueue<>();
            Channel channel =
                    rig.plain(
                            to,
                            handler,
                            new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                                    io.netty.util.ReferenceCountUtil.release(msg);
                                    read.add("SETTINGS");
                                }
                            });
            Rig.get(handler.handshakeFuture());
            // A ticket would have come before the first bytes of HTTP/2.
            assertThat(read.poll(20, TimeUnit.SECONDS)).isNotNull();
            created.add(handler.engine().getSession().getCreationTime());
            long now = System.currentTimeMillis();
            await().until(() -> System.currentTimeMillis() > now + 1);
            channel.close().sync();
        }
        assertThat(created.get(1)).isNotEqualTo(created.get(0));
    }

    @Test
    void postQuantumOnlyMeetsPostQuantumOnly() throws Exception {
        HboneTls pqc = new HboneTls(false, HboneTls.PQC_GROUPS);
        TlsContext server = pqc.server(SERVER);
        TlsContext client = pqc.client(CLIENT, List.of(Rig.SERVER));
        contexts.addAll(List.of(server, client));
        InetSocketAddress to = rig.serve(server, HboneSettings.DEFAULTS, recorder);
        OutboundTunnel tunnel = Rig.get(rig.connect(to, client, HboneSettings.DEFAULTS));
        assertThat(outcome()).isInstanceOf(InboundTunnel.class);
        tunnel.eventLoop().submit(tunnel::close).sync();
        handshake(to, stock(CLIENT).build());
        assertThat(outcome()).isInstanceOf(HboneException.class);
        assertThatThrownBy(() -> new HboneTls(false, false, HboneTls.PQC_GROUPS))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tls12IsSpokenWhenAskedFor() throws Exception {
        TlsContext server = new HboneTls(true, HboneTls.DEFAULT_GROUPS).server(SERVER);
        contexts.add(server);
        InetSocketAddress to = rig.serve(server, HboneSettings.DEFAULTS, recorder);
        handshake(to, stock(CLIENT).protocols("TLSv1.2").build()).config();
        assertThat(outcome()).isInstanceOf(InboundTunnel.class);
    }

    @Test
    void aTunnelOutlivesItsContextAndAClosedContextStartsNone() throws Exception {
        TlsContext server = server(true);
        TlsContext client = client(true, Rig.SERVER);
        InetSocketAddress to = rig.serve(server, HboneSettings.DEFAULTS, recorder);
        OutboundTunnel tunnel = Rig.get(rig.connect(to, client, HboneSettings.DEFAULTS));
        assertThat(outcome()).isInstanceOf(InboundTunnel.class);
        client.close();
        client.close();
        HboneException cause = Rig.failure(rig.connect(to, client, HboneSettings.DEFAULTS));
        assertThat(cause.code()).isEqualTo(HboneException.Code.CERTIFICATE);
        assertThat(tunnel.isUsable()).isTrue();
        tunnel.eventLoop().submit(tunnel::close).sync();
    }

    @Test
    void rootsOfAnyGenerationAreTrusted() throws Exception {
        TlsIdentity rotating =
                new TlsIdentity(
                        SERVER.spiffeId(),
                        SERVER.key(),
                        SERVER.chain(),
                        List.of(OTHER_CA.certificate(), CA.certificate()));
        TlsContext server = tls(true).server(rotating);
        contexts.add(server);
        InetSocketAddress to = rig.serve(server, HboneSettings.DEFAULTS, recorder);
        for (TestCa ca : List.of(CA, OTHER_CA)) {
            handshake(to, stock(ca.issue(Rig.CLIENT)).build());
            assertThat(outcome()).isInstanceOf(InboundTunnel.class);
        }
    }

    @Test
    void keysDoNotShowInTexts() {
        assertThat(SERVER.toString()).isEqualTo("TlsIdentity[" + Rig.SERVER + "]");
    }
}
