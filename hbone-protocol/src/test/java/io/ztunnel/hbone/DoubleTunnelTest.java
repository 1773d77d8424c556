package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.concurrent.Future;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * TLS and HTTP/2 inside a stream of another tunnel, from a client through a gateway to a server.
 */
@Timeout(60)
final class DoubleTunnelTest {
    private static final int MIB = 1 << 20;
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] UPLOAD = Payload.random(1, 10 * MIB);
    private static final byte[] DOWNLOAD = Payload.random(2, 10 * MIB);
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void watchForLeaks() {
        ByteBufUtil.setLeakListener((type, records) -> LEAKS.add(records));
    }

    @AfterAll
    static void nothingHasLeaked() {
        for (int i = 0; i < 3; i++) {
            // Leaks are found when further buffers are allocated.
            System.gc();
            ByteBufAllocator.DEFAULT.buffer(1).release();
        }
        ByteBufUtil.setLeakListener(null);
        assertThat(LEAKS).isEmpty();
    }

    private static <T> T within10s(java.util.concurrent.Future<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    @Test
    void tenMebibytesGoEachWayAndBothEndsAreClean() throws Exception {
        Pump client = new Pump(UPLOAD, true);
        Pump server = new Pump(DOWNLOAD, true);
        try (TwoNetworks networks = new TwoNetworks(() -> server)) {
            OutboundTunnel outer = networks.outer();
            StreamChannel carrier = networks.carrier(outer);
            OutboundTunnel inner = networks.inner(carrier);
            HboneStream stream = networks.start(inner, client);
            assertThat(inner.peerIdentities()).containsExactly(TwoNetworks.SERVER);
            assertThat(stream.responseBaggage()).containsExactly(TwoNetworks.BAGGAGE);

            assertThat(client.closed.get(30, TimeUnit.SECONDS)).isNull();
            assertThat(within10s(server.closed)).isNull();
            assertThat(server.digest()).isEqualTo(Payload.digest(UPLOAD));
            assertThat(client.digest()).isEqualTo(Payload.digest(DOWNLOAD));
        }
    }

    @Test
    void closingTheInnerTunnelEndsTheOuterStreamAndNothingElse() throws Exception {
        Pump client = new Pump(NOTHING, true);
        try (TwoNetworks networks = new TwoNetworks(() -> new Pump(NOTHING, true))) {
            OutboundTunnel outer = networks.outer();
            StreamChannel carrier = networks.carrier(outer);
            OutboundTunnel inner = networks.inner(carrier);
            networks.start(inner, client);
            assertThat(within10s(client.closed)).isNull();

            inner.eventLoop().execute(inner::close);
            assertThat(carrier.streamEnd().await(10, TimeUnit.SECONDS)).isTrue();
            RecordingObserver joined = networks.joined.take().observer();
            await().untilAsserted(() -> assertThat(joined.completions).isEqualTo(1));
            assertThat(joined.error).isNull();
            assertThat(TwoNetworks.on(outer, outer::streams)).isZero();
            assertThat(TwoNetworks.on(outer, outer::isUsable)).isTrue();
            networks.inner(networks.carrier(outer));
        }
    }

    @Test
    void whatWasSentBeforeTheCloseArrives() throws Exception {
        Pump client = new Pump(UPLOAD, true);
        Pump server = new Pump(NOTHING, true);
        try (TwoNetworks networks = new TwoNetworks(() -> server)) {
            StreamChannel carrier = networks.carrier(networks.outer());
            OutboundTunnel inner = networks.inner(carrier);
            // On the loop, in the turn that sends the last byte.
            client.closed.thenRun(inner::close);
            networks.start(inner, client);
            assertThat(within10s(server.closed)).isNull();
            assertThat(server.digest()).isEqualTo(Payload.digest(UPLOAD));
            assertThat(carrier.streamEnd().await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anotherInnerIdentityIsRefusedAndTheOuterTunnelGoesOn() throws Exception {
        try (TwoNetworks networks = new TwoNetworks(() -> new Pump(NOTHING, true))) {
            OutboundTunnel outer = networks.outer();
            StreamChannel carrier = networks.carrier(outer);
            Future<OutboundTunnel> inner = networks.inner(carrier, "spiffe://td/ns/b/sa/other");
            inner.await(10, TimeUnit.SECONDS);
            assertThat(((HboneException) inner.cause()).code()).isEqualTo(HboneException.Code.TLS);
            assertThat(inner.cause())
                    .hasMessageContaining("spiffe://td/ns/b/sa/other")
                    .hasMessageContaining(TwoNetworks.SERVER);
            assertThat(carrier.streamEnd().await(10, TimeUnit.SECONDS)).isTrue();
            networks.inner(networks.carrier(outer));
        }
    }

    @Test
    void resetOfTheOuterStreamCutsTheInnerStreamWithItsReason() throws Exception {
        Pump client = new Pump(UPLOAD, false);
        Pump server = new Pump(DOWNLOAD, false).holdingCredit();
        try (TwoNetworks networks = new TwoNetworks(() -> server)) {
            OutboundTunnel outer = networks.outer();
            StreamChannel carrier = networks.carrier(outer);
            OutboundTunnel inner = networks.inner(carrier);
            networks.start(inner, client);
            await().until(() -> client.received.get() > MIB && server.received.get() > 0);

            networks.joined.take().relay().abort(new IOException("cut by the test"));
            assertThat(within10s(client.closed))
                    .hasMessage("reset by the peer: 8")
                    .extracting(HboneException::code)
                    .isEqualTo(HboneException.Code.HTTP2);
            assertThat(client.ended).isCompleted();
            assertThat(TwoNetworks.on(inner, inner::isUsable)).isFalse();
            assertThat(TwoNetworks.on(outer, outer::isUsable)).isTrue();
            assertThat(carrier.isOpen()).isFalse();
            // So is the gateway's connection to the server.
            within10s(server.closed);
        }
    }

    @Test
    void lossOfTheOuterTunnelEndsEverythingInside() throws Exception {
        Pump client = new Pump(UPLOAD, false);
        try (TwoNetworks networks = new TwoNetworks(() -> new Pump(DOWNLOAD, false))) {
            OutboundTunnel outer = networks.outer();
            StreamChannel carrier = networks.carrier(outer);
            OutboundTunnel inner = networks.inner(carrier);
            networks.start(inner, client);
            await().until(() -> client.received.get() > 0);
            outer.eventLoop().execute(outer::close);
            assertThat(within10s(client.closed)).isNotNull();
            assertThat(carrier.streamEnd().await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aReaderThatStandsStillHoldsItsOwnWindowOnly() throws Exception {
        Pump client = new Pump(UPLOAD, true);
        Pump server = new Pump(NOTHING, true).holdingCredit();
        try (TwoNetworks networks = new TwoNetworks(() -> server)) {
            OutboundTunnel inner = networks.inner(networks.carrier(networks.outer()));
            networks.start(inner, client);
            int window = TwoNetworks.SETTINGS.firstStreamWindow();
            await().until(() -> server.received.get() == window);
            assertThat(client.taken).isLessThanOrEqualTo(window + TunnelStream.HIGH_WATER + MIB);

            InboundStream atServer = networks.atServer.take();
            atServer.eventLoop().execute(() -> server.release(atServer));
            assertThat(within10s(server.closed)).isNull();
            assertThat(server.digest()).isEqualTo(Payload.digest(UPLOAD));
        }
    }

    @Test
    void givingUpBeforeTheAnswerLeavesNoStream() throws Exception {
        try (TwoNetworks networks = new TwoNetworks(() -> new Pump(NOTHING, true))) {
            OutboundTunnel outer = networks.outer();
            Future<StreamChannel> opening =
                    TwoNetworks.on(
                            outer,
                            () -> {
                                Future<StreamChannel> future =
                                        StreamChannel.open(outer, TwoNetworks.REQUEST);
                                future.cancel(false);
                                return future;
                            });
            assertThat(opening.isCancelled()).isTrue();
            assertThat(TwoNetworks.on(outer, outer::streams)).isZero();
            networks.inner(networks.carrier(outer));
        }
    }
}
