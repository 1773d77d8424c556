package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;
import io.ztunnel.daemon.identity.LocalCertificateAuthority;
import io.ztunnel.daemon.identity.WorkloadCertificate;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneServer;
import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.InboundStream;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.InboundTunnelHandler;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.Identity;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

class TlsContextsTest {
    private static final Identity OWN = new Identity("cluster.local", "shop", "cart");
    private static final Identity OTHER = new Identity("cluster.local", "shop", "web");
    private static final List<String> PEERS = List.of(OTHER.toString());

    private final LocalCertificateAuthority ca =
            new LocalCertificateAuthority(
                    new SecureRandom(), InstantSource.system(), Duration.ofHours(1));
    private final HboneTls tls = new HboneTls(false, HboneTls.DEFAULT_GROUPS);
    private final Map<Identity, WorkloadCertificate> current = new HashMap<>();
    private CompletionStage<WorkloadCertificate> fetched = new CompletableFuture<>();
    private long nanos;
    private final TlsContexts contexts =
            new TlsContexts(
                    current::get,
                    identity -> fetched,
                    new TlsContexts.Maker() {
                        @Override
                        public TlsContext server(WorkloadCertificate own) throws HboneException {
                            return tls.server(own.tls());
                        }

                        @Override
                        public TlsContext client(WorkloadCertificate own, List<String> accepted)
                                throws HboneException {
                            return tls.client(own.tls(), accepted);
                        }
                    },
                    () -> nanos);

    @AfterEach
    void close() {
        contexts.close();
    }

    private WorkloadCertificate issue(Identity identity) {
        return ca.request(identity).toCompletableFuture().join();
    }

    private TlsContext server(Identity identity) {
        return contexts.server(identity).toCompletableFuture().join();
    }

    private static boolean isClosed(TlsContext context) {
        AtomicBoolean closed = new AtomicBoolean();
        EmbeddedChannel channel = new EmbeddedChannel();
        HboneServer.start(
                channel,
                context,
                HboneSettings.DEFAULTS,
                ByteBudget.unlimited(),
                Runnable::run,
                new InboundTunnelHandler() {
                    @Override
                    public void onTunnel(InboundTunnel tunnel) {}

                    @Override
                    public void onHandshakeFailed(HboneException cause) {
                        closed.set(cause.code() == HboneException.Code.CERTIFICATE);
                    }

                    @Override
                    public void onBadRequest(InboundTunnel tunnel, String why) {}

                    @Override
                    public void onConnect(InboundStream stream) {}
                });
        boolean result = closed.get();
        channel.finishAndReleaseAll();
        return result;
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void contextIsMadeOnceForACertificateAndADirection() {
        current.put(OWN, issue(OWN));
        TlsContext first = server(OWN);
        assertThat(server(OWN)).isSameAs(first);
        TlsContext client = contexts.client(OWN, PEERS).toCompletableFuture().join();
        assertThat(client).isNotSameAs(first);
        assertThat(contexts.client(OWN, PEERS).toCompletableFuture().join()).isSameAs(client);
        assertThat(contexts.size()).isEqualTo(2);
    }

    @Test
    void replacedContextServesThoseWhoHaveItAndIsClosedThen() {
        current.put(OWN, issue(OWN));
        TlsContext old = server(OWN);
        current.put(OWN, issue(OWN));
        TlsContext renewed = server(OWN);
        assertThat(renewed).isNotSameAs(old);
        pass(TlsContexts.GRACE.minusSeconds(1));
        assertThat(server(OWN)).isSameAs(renewed);
        assertThat(isClosed(old)).isFalse();
        pass(Duration.ofSeconds(2));
        assertThat(server(OWN)).isSameAs(renewed);
        assertThat(isClosed(old)).isTrue();
        assertThat(isClosed(renewed)).isFalse();
    }

    @Test
    void lateUserOfTheOldCertificateDoesNotReplaceTheNewOne() throws Exception {
        CompletableFuture<WorkloadCertificate> first = new CompletableFuture<>();
        fetched = first;
        CompletionStage<TlsContext> waiting = contexts.server(OWN);
        current.put(OWN, issue(OWN));
        TlsContext renewed = server(OWN);
        first.complete(issue(OWN));
        assertThat(waiting.toCompletableFuture().join()).isSameAs(renewed);
        assertThat(contexts.size()).isEqualTo(1);
    }

    @Test
    void forgottenIdentityGivesUpItsContexts() {
        current.put(OWN, issue(OWN));
        current.put(OTHER, issue(OTHER));
        TlsContext own = server(OWN);
        TlsContext other = server(OTHER);
        contexts.forget(OWN);
        pass(TlsContexts.GRACE.plusSeconds(1));
        assertThat(contexts.size()).isEqualTo(1);
        assertThat(isClosed(own)).isTrue();
        assertThat(isClosed(other)).isFalse();
    }

    @Test
    void failureIsNotRemembered() {
        fetched = CompletableFuture.failedFuture(new IllegalStateException("the CA is away"));
        CompletionStage<TlsContext> failed = contexts.server(OWN);
        assertThatThrownBy(() -> failed.toCompletableFuture().join())
                .hasRootCauseMessage("the CA is away");
        fetched = CompletableFuture.completedFuture(issue(OWN));
        assertThat(isClosed(server(OWN))).isFalse();
    }

    @Test
    void numberOfContextsIsBounded() {
        current.put(OWN, issue(OWN));
        TlsContext first = contexts.client(OWN, List.of("0")).toCompletableFuture().join();
        for (int i = 1; i <= TlsContexts.MAX_CONTEXTS; i++) {
            var _ = contexts.client(OWN, List.of(Integer.toString(i)));
        }
        pass(TlsContexts.GRACE.plusSeconds(1));
        assertThat(contexts.size()).isEqualTo(TlsContexts.MAX_CONTEXTS);
        assertThat(isClosed(first)).isTrue();
    }

    @Test
    void nothingIsMadeAfterTheEnd() {
        current.put(OWN, issue(OWN));
        TlsContext open = server(OWN);
        contexts.close();
        assertThat(isClosed(open)).isTrue();
        CompletionStage<TlsContext> late = contexts.server(OWN);
        assertThatThrownBy(() -> late.toCompletableFuture().join())
                .hasRootCauseMessage("shutting down");
    }
}
