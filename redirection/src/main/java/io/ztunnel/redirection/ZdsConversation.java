package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.linux.Packet;
import io.ztunnel.linux.Received;
import io.ztunnel.linux.SeqPacketSocket;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One connection to the node agent, from our hello to its end. The agent sends a request and waits
 * for its answer, told apart by order only: each gets exactly one, and nothing is sent unasked.
 */
final class ZdsConversation {
    /** An upper bound only: messages, retries and a shutdown of the socket wake us. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    /** Why it is over. */
    sealed interface End {
        /** The agent did not take our hello. */
        record NotGreeted(String reason) implements End {}

        /** The connection was lost, or must be given up; another may be opened. */
        record Lost(String reason) implements End {}

        /** The agent breaks the protocol. */
        record Fatal(String reason) implements End {}

        /** We were told to stop. */
        record Stopped() implements End {}
    }

    private final SeqPacketSocket socket;
    private final PodLedger ledger;
    private final PodNetworkFactory networks;
    private final BooleanSupplier stopping;
    private final Runnable afterChange;

    /**
     * @param stopping looked at before each message; the socket's shutdown wakes us to look
     * @param afterChange run after each message and each retry
     */
    ZdsConversation(
            SeqPacketSocket socket,
            PodLedger ledger,
            PodNetworkFactory networks,
            BooleanSupplier stopping,
            Runnable afterChange) {
        this.socket = socket;
        this.ledger = ledger;
        this.networks = networks;
        this.stopping = stopping;
        this.afterChange = afterChange;
    }

    End run() {
        try {
            socket.send(ZdsCodec.hello());
        } catch (IOException e) {
            return new End.NotGreeted(String.valueOf(e.getMessage()));
        }
        ledger.connected();
        try {
            return answerAll();
        } catch (IOException e) {
            return new End.Lost(String.valueOf(e.getMessage()));
        } finally {
            ledger.disconnected();
            afterChange.run();
        }
    }

    private End answerAll() throws IOException {
        while (!stopping.getAsBoolean()) {
            switch (socket.receive(ledger.untilRetry().orElse(LONGEST_WAIT))) {
                case Packet packet -> {
                    ZdsReply reply;
                    try (packet) {
                        reply = handle(packet);
                    } catch (ZdsCodec.UnreadableException e) {
                        String error = String.valueOf(e.getMessage());
                        reply(new ZdsReply.Nack(error));
                        return new End.Lost(error);
                    }
                    reply(reply);
                    if (reply instanceof ZdsReply.Fatal(String error)) {
                        return new End.Fatal(error);
                    }
                }
                case Received.Nothing.TIMED_OUT -> {}
                case Received.Nothing.END_OF_STREAM -> {
                    return stopping.getAsBoolean()
                            ? new End.Stopped()
                            : new End.Lost("closed by the node agent");
                }
            }
            // One only, and after the answer: no answer waits for more than one start. And after
            // each message too: a busy agent does not keep pending pods waiting.
            ledger.retryOne();
            afterChange.run();
        }
        return new End.Stopped();
    }

    private ZdsReply handle(Packet packet) throws ZdsCodec.UnreadableException {
        ZdsCodec.Request request = ZdsCodec.read(packet);
        return ledger.handle(
                request.message(), Optional.ofNullable(request.namespace()).map(this::place));
    }

    private PodLedger.Place place(NetworkNamespace namespace) {
        return new PodLedger.Place(namespace.id(), networks.open(namespace));
    }

    private void reply(ZdsReply reply) throws IOException {
        socket.send(ZdsCodec.response(reply));
    }
}
