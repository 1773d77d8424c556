package io.ztunnel.redirection;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;

import io.ztunnel.api.zds.WorkloadResponse;
import io.ztunnel.api.zds.ZdsHello;
import io.ztunnel.linux.Packet;
import io.ztunnel.linux.Received;
import io.ztunnel.linux.SeqPacketSocket;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One ztunnel, seen from the node agent: it says hello, and then answers one request at a time. Its
 * reader notices at once when it goes; anything unasked ends it.
 */
final class AgentConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentConnection.class);

    static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final SeqPacketSocket socket;

    /** Held by whoever waits for an answer. */
    private final ReentrantLock turn = new ReentrantLock();

    private final AtomicReference<@Nullable CompletableFuture<String>> awaited =
            new AtomicReference<>();

    private volatile boolean upToDate;

    AgentConnection(SeqPacketSocket socket) {
        this.socket = socket;
    }

    /** Work that has the connection for itself. */
    @FunctionalInterface
    interface Snapshot {
        void send() throws IOException;
    }

    /**
     * Waits up to 5 s for the hello, then runs the snapshot before any other request gets its turn.
     */
    void open(Snapshot snapshot) throws IOException {
        turn.lock();
        try {
            Packet hello = next("hello");
            try (hello) {
                LOG.info("ztunnel speaks {}", ZdsHello.parseFrom(hello.bytes()).getVersion());
            }
            snapshot.send();
            upToDate = true;
        } finally {
            turn.unlock();
        }
    }

    /** The snapshot is through. */
    boolean isUpToDate() {
        return upToDate;
    }

    /** A request of the snapshot, on the thread that runs {@link #open}. */
    String exchange(MessageLite request, int... descriptors) throws IOException {
        socket.send(request.toByteString().asReadOnlyByteBuffer(), descriptors);
        try (Packet answer = next("answer")) {
            return error(answer);
        }
    }

    /** Hands answers to those who wait for them, until the connection ends. */
    void readAnswers() throws IOException {
        while (true) {
            switch (socket.receive(LONGEST_WAIT)) {
                case Packet packet -> {
                    try (packet) {
                        var waiting = awaited.getAndSet(null);
                        if (waiting == null) {
                            throw new IOException("ztunnel says something without being asked");
                        }
                        waiting.complete(error(packet));
                    }
                }
                case Received.Nothing.TIMED_OUT -> {}
                case Received.Nothing.END_OF_STREAM -> throw new IOException("ztunnel has gone");
            }
        }
    }

    /**
     * Sends a request and waits up to 5 s for its answer. A late one could be taken for that of the
     * next request, so the connection is closed then.
     *
     * @return ztunnel's error; empty when it has done what it was asked
     */
    Optional<String> request(MessageLite request, int... descriptors) throws IOException {
        turn.lock();
        try {
            var answer = new CompletableFuture<String>();
            awaited.set(answer);
            socket.send(request.toByteString().asReadOnlyByteBuffer(), descriptors);
            return Optional.of(answer.get(ANSWER_LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                    .filter(error -> !error.isEmpty());
        } catch (IOException | TimeoutException | ExecutionException e) {
            close();
            throw new IOException("no answer from ztunnel: " + e, e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for ztunnel", e);
        } finally {
            turn.unlock();
        }
    }

    /** Fails whoever waits for an answer. Idempotent. */
    @Override
    public void close() {
        socket.close();
        var waiting = awaited.getAndSet(null);
        if (waiting != null) {
            waiting.completeExceptionally(new IOException("the connection has ended"));
        }
    }

    private Packet next(String what) throws IOException {
        return switch (socket.receive(ANSWER_LIMIT)) {
            case Packet packet -> packet;
            case Received.Nothing.TIMED_OUT ->
                    throw new IOException(
                            "no " + what + " within " + ANSWER_LIMIT.toSeconds() + " s");
            case Received.Nothing.END_OF_STREAM ->
                    throw new IOException("ztunnel has gone before its " + what);
        };
    }

    private static String error(Packet answer) throws InvalidProtocolBufferException {
        return WorkloadResponse.parseFrom(answer.bytes()).getAck().getError();
    }
}
