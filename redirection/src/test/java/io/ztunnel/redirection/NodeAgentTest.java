package io.ztunnel.redirection;

import static io.ztunnel.redirection.FakeProxies.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.linux.Packet;
import io.ztunnel.linux.Received;
import io.ztunnel.linux.SeqPacketSocket;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

@Timeout(60)
class NodeAgentTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @TempDir private Path directory;
    private NodeAgent agent;
    private NetworkNamespace own;
    private final List<PodManager> managers = new CopyOnWriteArrayList<>();

    @BeforeEach
    void listen() throws IOException {
        agent = NodeAgent.listen(directory.resolve("agent.sock"));
        own = NetworkNamespace.current();
    }

    @AfterEach
    void close() {
        managers.forEach(PodManager::close);
        agent.close();
        own.close();
    }

    private PodManager ztunnel(FakeProxies proxies) {
        int expected = agent.connections() + 1;
        PodManager manager =
                new PodManager(
                        new PodManager.Settings(
                                directory.resolve("agent.sock"), Duration.ofSeconds(5)),
                        proxies,
                        PodNetworkFactory.with(SocketSettings.defaults()),
                        new PodManager.Listener() {
                            @Override
                            public void ready(boolean ready) {}

                            @Override
                            public void failed(String reason) {
                                proxies.events.add(reason);
                            }
                        });
        managers.add(manager);
        manager.start();
        await().until(() -> agent.connections() == expected);
        return manager;
    }

    @Test
    void aZtunnelGetsEveryPodInItsSnapshotAndThenChanges() throws IOException {
        assertThat(agent.announce(pod("early"), own)).isEqualTo(NodeAgent.Enrolment.PENDING);
        agent.expect(pod("unknown"));
        FakeProxies proxies = new FakeProxies();
        PodManager manager = ztunnel(proxies);

        assertThat(proxies.events).containsExactly("start early");
        assertThat(agent.announce(pod("late"), own)).isEqualTo(NodeAgent.Enrolment.ENABLED);
        agent.withdraw("early");

        assertThat(proxies.events).containsExactly("start early", "start late", "IMMEDIATE early");
        await().untilAsserted(
                        () -> assertThat(manager.counts()).isEqualTo(new PodCounts(1, 0, 2, 1)));
    }

    @Test
    void theNewestZtunnelGetsAddsAllGetDels() throws IOException {
        FakeProxies old = new FakeProxies();
        FakeProxies young = new FakeProxies();
        PodManager leaving = ztunnel(old);
        agent.announce(pod("a"), own);
        ztunnel(young);
        agent.announce(pod("b"), own);
        agent.withdraw("a");

        assertThat(old.events).containsExactly("start a", "IMMEDIATE a");
        assertThat(young.events).containsExactly("start a", "start b", "IMMEDIATE a");

        leaving.close();
        await().until(() -> agent.connections() == 1);
        assertThat(agent.announce(pod("c"), own)).isEqualTo(NodeAgent.Enrolment.ENABLED);
        assertThat(young.events).contains("start c");
    }

    @Test
    void aRefusalReachesTheCallerAndThePodComesWithTheNextSnapshot() throws IOException {
        FakeProxies proxies = new FakeProxies();
        proxies.failures.put("a", new IOException("port is taken"));
        PodManager first = ztunnel(proxies);

        assertThatThrownBy(() -> agent.announce(pod("a"), own))
                .hasMessageContaining("ztunnel refuses pod a")
                .hasMessageContaining("port is taken");

        first.close();
        await().until(() -> agent.connections() == 0);
        FakeProxies next = new FakeProxies();
        ztunnel(next);
        assertThat(next.events).containsExactly("start a");
    }

    @Test
    void aRestartedAgentFindsItsZtunnelAgain() throws IOException {
        FakeProxies proxies = new FakeProxies();
        ztunnel(proxies);
        agent.announce(pod("a"), own);
        agent.announce(pod("b"), own);

        agent.close();
        agent = NodeAgent.listen(directory.resolve("agent.sock"));
        agent.announce(pod("a"), own);
        await().until(() -> agent.connections() == 1);

        await().untilAsserted(
                        () ->
                                assertThat(proxies.events)
                                        .containsExactly("start a", "start b", "IMMEDIATE b"));
    }

    @Test
    void whoSpeaksUnaskedIsDisconnected() throws IOException {
        try (var rude = SeqPacketSocket.connect(directory.resolve("agent.sock"), 1024, LIMIT)) {
            rude.send(ZdsCodec.hello());
            try (Packet snapshotSent = packet(rude)) {
                assertThat(snapshotSent.descriptorCount()).isZero();
            }
            rude.send(ZdsCodec.response(new ZdsReply.Ack()));
            await().until(() -> agent.connections() == 1);
            rude.send(ZdsCodec.response(new ZdsReply.Ack()));

            assertThat(rude.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        }
        await().until(() -> agent.connections() == 0);
    }

    @Test
    void aPeerWithoutProperHelloGetsNoPods() throws IOException {
        agent.announce(pod("a"), own);
        try (var stranger = SeqPacketSocket.connect(directory.resolve("agent.sock"), 1024, LIMIT)) {
            stranger.send(ByteBuffer.wrap(new byte[] {(byte) 0xff, 1, 2}));

            assertThat(stranger.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        }
    }

    @Test
    void captureAndReleaseCoverRulesAndZtunnel() throws IOException {
        FakeProxies proxies = new FakeProxies();
        ztunnel(proxies);
        try (NamespacePair net = new NamespacePair()) {
            assertThat(agent.capture(pod("a"), net.pod(), RedirectionOptions.defaults()))
                    .isEqualTo(NodeAgent.Enrolment.ENABLED);
            assertThat(net.inPod("nft", "list", "tables")).contains("istio-ambient-nat");
            assertThat(proxies.events).containsExactly("start a");

            agent.release("a");
            assertThat(net.inPod("nft", "list", "ruleset")).isEmpty();
            assertThat(proxies.events).containsExactly("start a", "IMMEDIATE a");
            agent.release("a");
        }
    }

    private static Packet packet(SeqPacketSocket socket) throws IOException {
        return switch (socket.receive(LIMIT)) {
            case Packet packet -> packet;
            case Received.Nothing nothing -> throw new AssertionError(nothing);
        };
    }
}
