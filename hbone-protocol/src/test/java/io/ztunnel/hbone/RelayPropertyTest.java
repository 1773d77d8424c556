package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import java.io.IOException;
import java.util.List;

/**
 * Whatever the ends do in whatever order, bytes arrive once and in order and the relay completes.
 */
final class RelayPropertyTest {
    enum Event {
        DATA,
        READ_COMPLETE,
        STALL,
        DRAIN,
        END,
        FAIL_READING,
        FAIL_WRITING,
        VANISH,
        ABORT_RELAY
    }

    record Step(boolean ofClient, Event event, int size) {}

    @Property(tries = 2_000)
    void noByteIsLostOrDoubledAndTheRelayCompletesOnce(
            @ForAll("steps") List<Step> steps, @ForAll boolean late) {
        EventLoop loop = new EmbeddedChannel().eventLoop();
        Peer client = new Peer(late ? new FakeEnd(loop).closesLate() : new FakeEnd(loop));
        Peer server = new Peer(new FakeEnd(loop));
        RecordingObserver observer = new RecordingObserver();
        Relay relay = Relay.start(client.end, server.end, observer);

        boolean orderly = true;
        for (Step step : steps) {
            Peer peer = step.ofClient() ? client : server;
            orderly &= perform(step, peer, relay);
        }
        for (Peer peer : List.of(client, server, client)) {
            peer.end.drain();
            if (peer.end.isSending()) {
                peer.end.end();
            }
        }
        if (late) {
            client.end.vanish(null);
        }

        assertThat(observer.completions).isEqualTo(1);
        assertThat(server.end.delivered.length()).isEqualTo(observer.received);
        assertThat(client.end.delivered.length()).isEqualTo(observer.sent);
        if (orderly) {
            assertThat(observer.error).isNull();
            assertThat(server.end.delivered).hasToString(client.sent.toString());
            assertThat(client.end.delivered).hasToString(server.sent.toString());
            assertThat(client.end.consumed).isEqualTo(client.sent.length());
        } else {
            assertThat(client.sent.toString()).startsWith(server.end.delivered.toString());
            assertThat(server.sent.toString()).startsWith(client.end.delivered.toString());
        }
        for (Peer peer : List.of(client, server)) {
            assertThat(peer.end.isClosed()).isTrue();
            assertThat(peer.end.given).allMatch(buffer -> buffer.refCnt() == 0);
        }
    }

    /** False when the step may lose bytes. */
    private static boolean perform(Step step, Peer peer, Relay relay) {
        IOException reset = SocketErrors.reset();
        FakeEnd end = peer.end;
        switch (step.event()) {
            case DATA -> {
                if (end.isSending()) {
                    peer.send(step.size());
                }
            }
            case READ_COMPLETE -> {
                if (end.isSending()) {
                    end.readComplete();
                }
            }
            case STALL -> end.stall();
            case DRAIN -> end.drain();
            case END -> {
                if (end.isSending()) {
                    end.end();
                }
            }
            case FAIL_READING -> {
                if (end.isSending()) {
                    end.failReading(reset);
                }
            }
            case FAIL_WRITING -> {
                end.failWriting(reset);
                return false;
            }
            case VANISH -> {
                end.vanish(reset);
                return false;
            }
            case ABORT_RELAY -> {
                relay.abort(reset);
                return false;
            }
        }
        return true;
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Event> events =
                Arbitraries.frequency(
                        Tuple.of(40, Event.DATA),
                        Tuple.of(20, Event.READ_COMPLETE),
                        Tuple.of(12, Event.STALL),
                        Tuple.of(12, Event.DRAIN),
                        Tuple.of(3, Event.END),
                        Tuple.of(1, Event.FAIL_READING),
                        Tuple.of(1, Event.FAIL_WRITING),
                        Tuple.of(1, Event.VANISH),
                        Tuple.of(1, Event.ABORT_RELAY));
        return Combinators.combine(
                        Arbitraries.of(true, false), events, Arbitraries.integers().between(1, 50))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    /** Sends letters that differ, so that a byte out of place shows. */
    private static final class Peer {
        final FakeEnd end;
        final StringBuilder sent = new StringBuilder();

        Peer(FakeEnd end) {
            this.end = end;
        }

        void send(int size) {
            StringBuilder next = new StringBuilder();
            for (int i = 0; i < size; i++) {
                next.append((char) ('!' + (sent.length() + i) % 91));
            }
            sent.append(next);
            end.send(next.toString());
        }
    }
}
