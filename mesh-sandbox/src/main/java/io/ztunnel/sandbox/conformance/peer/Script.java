package io.ztunnel.sandbox.conformance.peer;

import io.ztunnel.sandbox.conformance.scenario.Behaviour;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What a server does with each of its connections or streams, on a virtual thread of its own.
 *
 * @param to where {@link Behaviour#FORWARD} leads, connected from {@code place}
 * @param held those that the scenario takes
 */
public record Script(
        Behaviour behaviour, String greeting, Place place, String to, BlockingQueue<Peer> held) {
    /** Longer than any scenario. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    public Script(Behaviour behaviour, String greeting, Place place, String to) {
        this(behaviour, greeting, place, to, new LinkedBlockingQueue<>());
    }

    /** Starts to do it. */
    void begin(Peer peer) {
        if (behaviour == Behaviour.HOLD) {
            held.add(peer);
        }
        // A socket of FORWARD needs a platform thread: it is made in a namespace.
        Thread.Builder thread =
                behaviour == Behaviour.FORWARD ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
        thread.name("script " + behaviour).start(() -> run(peer));
    }

    private void run(Peer peer) {
        try {
            if (!greeting.isEmpty()) {
                peer.send(greeting.getBytes(StandardCharsets.UTF_8));
            }
            switch (behaviour) {
                case ECHO -> echo(peer, 1);
                case ECHO_TWICE -> echo(peer, 2);
                case HOLD, STALL -> {}
                case CLOSE -> {
                    peer.finish();
                    peer.close();
                }
                case RESET -> peer.reset("INTERNAL_ERROR");
                case PROXY -> {
                    peer.send(ProxyHeader.read(peer.inbox()).getBytes(StandardCharsets.UTF_8));
                    echo(peer, 1);
                }
                case FORWARD -> forward(peer);
            }
        } catch (IOException gone) {
            peer.close();
        }
    }

    private static void echo(Peer peer, int times) throws IOException {
        copy(peer, peer, times);
        peer.close();
    }

    private static void copy(Peer from, Peer to, int times) throws IOException {
        while (true) {
            byte[] bytes = from.inbox().next(LIMIT);
            if (bytes.length == 0) {
                break;
            }
            for (int i = 0; i < times; i++) {
                to.send(bytes);
            }
        }
        if (from.inbox().end().filter(Inbox.End.Finished.class::isInstance).isPresent()) {
            to.finish();
        } else {
            to.close();
        }
    }

    private void forward(Peer near) throws IOException {
        SocketPeer far = SocketPeer.over(place.connect(Targets.parse(to)));
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                copy(far, near, 1);
                            } catch (IOException gone) {
                                near.close();
                            }
                        });
        try {
            copy(near, far, 1);
        } catch (IOException gone) {
            far.close();
        }
    }

    /** Addresses as scenarios write them. */
    public static final class Targets {
        private Targets() {}

        /** Such as {@code 10.0.0.1:80} or {@code [fd00::1]:80}. */
        public static InetSocketAddress parse(String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("'" + text + "' has no port");
            }
            String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
            return new InetSocketAddress(
                    java.net.InetAddress.ofLiteral(host),
                    Integer.parseInt(text.substring(colon + 1)));
        }
    }
}
