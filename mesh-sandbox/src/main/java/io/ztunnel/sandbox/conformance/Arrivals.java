package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.peer.Inbox;
import io.ztunnel.sandbox.conformance.peer.Peer;
import io.ztunnel.sandbox.conformance.peer.Script;
import io.ztunnel.sandbox.conformance.scenario.Payload;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** What the ends of connections are expected to see. */
final class Arrivals {
    private static final int SHOWN = 120;

    private final Stage stage;

    Arrivals(Stage stage) {
        this.stage = stage;
    }

    void check(Step.Exchange step) throws FailedException, IOException {
        byte[] bytes = new Payload.Filler(step.length()).bytes(stage);
        long deadline = System.nanoTime() + step.within().toNanos();
        for (int i = 1; i <= Math.max(1, step.count()); i++) {
            String name = step.count() == 0 ? step.on() : step.on() + i;
            Peer peer = stage.peer(name);
            peer.send(bytes);
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            byte[] found = peer.inbox().take(bytes.length, left);
            if (!Arrays.equals(bytes, found)) {
                throw new FailedException(
                        name
                                + " gets back "
                                + found.length
                                + " of "
                                + bytes.length
                                + " bytes; "
                                + end(peer.inbox()));
            }
        }
    }

    void check(Step.Receive step) throws FailedException {
        byte[] wanted = step.payload().bytes(stage);
        Inbox inbox = stage.peer(step.on()).inbox();
        byte[] found = inbox.take(wanted.length, step.within());
        if (!Arrays.equals(wanted, found)) {
            int same = Arrays.mismatch(wanted, found);
            throw new FailedException(
                    step.on()
                            + " receives "
                            + shown(found)
                            + ", not "
                            + shown(wanted)
                            + " (they differ from byte "
                            + same
                            + " on); then "
                            + end(inbox));
        }
    }

    void check(Step.Line step) throws FailedException {
        TextMatch wanted = TextMatch.of(step.wanted(), stage);
        Inbox inbox = stage.peer(step.on()).inbox();
        String found = inbox.takeLine(step.within());
        if (!wanted.matches(found)) {
            throw new FailedException(
                    step.on() + " receives '" + found + "', not " + wanted + "; " + end(inbox));
        }
    }

    void check(Step.From step) throws FailedException {
        InetSocketAddress remote = Script.Targets.parse(stage.peer(step.on()).remote());
        String wanted = stage.expand(step.address());
        String found = io.netty.util.NetUtil.toAddressString(remote.getAddress());
        if (!wanted.equals(found)) {
            throw new FailedException(step.on() + " comes from " + found + ", not " + wanted);
        }
    }

    void check(Step.Ended step) throws FailedException {
        Inbox inbox = stage.peer(step.on()).inbox();
        if (step.data()) {
            // What came before the end is of no interest.
            while (inbox.end().isEmpty() && inbox.take(1, step.within()).length > 0) {
                inbox.take(inbox.available(), Duration.ZERO);
            }
            inbox.take(inbox.available(), Duration.ZERO);
        }
        Optional<Inbox.End> end =
                step.data() ? inbox.awaitEnd(step.within()) : inbox.awaitEndOrBytes(step.within());
        if (step.end() == Step.End.RST && end.isPresent()) {
            end = inbox.awaitReset(step.within());
        }
        if (inbox.available() > 0) {
            int count = inbox.available();
            throw new FailedException(
                    step.on()
                            + " receives "
                            + shown(inbox.take(count, Duration.ZERO))
                            + " before any end");
        }
        boolean right =
                switch (step.end()) {
                    case OPEN -> end.isEmpty();
                    case FIN -> end.filter(Inbox.End.Finished.class::isInstance).isPresent();
                    case RST ->
                            end.orElse(null) instanceof Inbox.End.WasReset(String code)
                                    && (step.code().isEmpty() || step.code().equals(code));
                    case CLOSED -> end.isPresent();
                };
        if (!right) {
            throw new FailedException(
                    step.on()
                            + ": expected "
                            + step.end()
                            + (step.code().isEmpty() ? "" : " " + step.code())
                            + ", but "
                            + end(inbox));
        }
    }

    void check(Step.Head step) throws FailedException {
        Inbox inbox = stage.peer(step.on()).inbox();
        Map<String, String> found =
                inbox.awaitHead(step.within())
                        .orElseThrow(
                                () ->
                                        new FailedException(
                                                step.on() + " gets no head; " + end(inbox)));
        for (Map.Entry<String, String> header : step.headers().entrySet()) {
            TextMatch wanted = TextMatch.of(header.getValue(), stage);
            if (!wanted.matches(found.get(header.getKey()))) {
                throw new FailedException(
                        header.getKey()
                                + " is "
                                + found.getOrDefault(header.getKey(), "absent")
                                + ", not "
                                + wanted
                                + ", in "
                                + found);
            }
        }
        for (String name : TextMatch.lower(step.absent())) {
            if (found.containsKey(name)) {
                throw new FailedException(name + " is there: " + found);
            }
        }
    }

    private static String end(Inbox inbox) {
        return inbox.end().map(Object::toString).orElse("it stays open");
    }

    private static String shown(byte[] bytes) {
        String text =
                new String(bytes, 0, Math.min(bytes.length, SHOWN), StandardCharsets.ISO_8859_1)
                        .replaceAll("[^ -~]", ".");
        return bytes.length + " bytes '" + text + "'";
    }
}
