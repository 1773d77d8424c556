package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Windows grow for those who use them, within what tunnel and pod have to give. */
@ExtendWith(LeakFree.class)
class WindowGrowthTest implements ConnectHandler {
    private static final HboneSettings SETTINGS = HboneSettings.DEFAULTS;
    private static final int FIRST = SETTINGS.firstStreamWindow();

    private final ByteBudget node = ByteBudget.of(12L * FIRST);
    private int refusals;
    private final ByteBudget pod = node.part(8L * FIRST, () -> refusals++);
    private final List<InboundStream> streams = new ArrayList<>();
    private ScriptedPeer peer = start(ByteBudget.unlimited());

    private ScriptedPeer start(ByteBudget budget) {
        ScriptedPeer fresh =
                ScriptedPeer.ofServer(
                        new ServerTunnel(
                                SETTINGS,
                                new VerifiedPeer(List.of("spiffe://a"), List.of()),
                                this,
                                budget));
        fresh.settings().largeFrames().received();
        return fresh;
    }

    private void restart(ByteBudget budget) {
        peer.close();
        streams.clear();
        peer = start(budget);
    }

    @AfterEach
    void end() {
        peer.close();
    }

    @Override
    public void onConnect(InboundStream stream) {
        streams.add(stream);
        stream.setHandler(new EventLog());
        stream.accept(null);
    }

    private InboundStream open(int id) {
        peer.connect(id, "a:1").received();
        return streams.getLast();
    }

    /** Sends so many bytes, has them taken, and returns the credit that comes back for them. */
    private int transfer(int id, InboundStream stream, int bytes) {
        for (int left = bytes; left > 0; left -= 1 << 20) {
            peer.data(id, new byte[Math.min(left, 1 << 20)], 0, false);
        }
        stream.returnCredit(bytes);
        int credit = 0;
        String window = "WINDOW " + id + " +";
        for (String line : peer.received()) {
            if (line.startsWith(window)) {
                credit += Integer.parseInt(line.substring(window.length()));
            }
        }
        return credit;
    }

    /** Uses a stream as fast as it can be, until its window grows no more; returns the window. */
    private int growth(int id, InboundStream stream) {
        int window = FIRST;
        for (int round = 0; round < 20; round++) {
            window += transfer(id, stream, window) - window;
        }
        return window;
    }

    @Test
    void aFastStreamsWindowGrowsToTheConfiguredOne() {
        assertThat(growth(1, open(1))).isEqualTo(SETTINGS.streamWindow());
    }

    @Test
    void aSlowStreamKeepsItsFirstWindow() {
        InboundStream slow = open(1);
        for (int round = 0; round < 20; round++) {
            peer.passTime(1);
            assertThat(transfer(1, slow, FIRST)).isEqualTo(FIRST);
        }
    }

    @Test
    void streamsThatStandStillInAnyNumberLeaveTheConnectionsWindowToOthers() {
        int id = 1;
        for (; id < 2 * 8; id += 2) {
            // These had grown before they stood still.
            int window = growth(id, open(id));
            for (int left = window; left > 0; left -= 1 << 20) {
                peer.data(id, new byte[Math.min(left, 1 << 20)], 0, false);
            }
        }
        for (; id < 2 * 199; id += 2) {
            open(id);
            peer.data(id, new byte[FIRST], 0, false);
        }
        InboundStream running = open(id);
        for (int round = 0; round < 1_000; round++) {
            assertThat(transfer(id, running, FIRST)).isGreaterThanOrEqualTo(FIRST);
        }
        assertThat(peer.isOpen()).isTrue();
    }

    @Test
    void thePodsBudgetBoundsTheGrowthAndHasItBackFromEndedStreams() {
        restart(pod);
        InboundStream first = open(1);
        assertThat(growth(1, first)).as("1 + 1 + 2 + 4 windows").isEqualTo(8 * FIRST);
        assertThat(pod.taken()).isEqualTo(7L * FIRST);
        assertThat(refusals).isPositive();
        assertThat(pod.refused()).isEqualTo(refusals);

        InboundStream second = open(3);
        assertThat(growth(3, second)).as("what was left").isEqualTo(2 * FIRST);

        peer.reset(1, Http2Error.CANCEL);
        assertThat(pod.taken()).isEqualTo(FIRST);
        second.reset(Http2Error.CANCEL.code());
        peer.received();
        assertThat(pod.taken()).isZero();
        assertThat(node.taken()).isZero();
    }

    @Test
    void theNodesBudgetBoundsWhatItsPodsHave() {
        restart(node.part(Long.MAX_VALUE, () -> {}));
        assertThat(growth(1, open(1))).isEqualTo(8 * FIRST);
        restart(pod);
        assertThat(node.taken()).as("a tunnel that closes gives all back").isZero();
        assertThat(Objects.requireNonNull(peer).isOpen()).isTrue();
    }
}
