package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;

import io.ztunnel.api.zds.AddWorkload;
import io.ztunnel.api.zds.DelWorkload;
import io.ztunnel.api.zds.KeepWorkload;
import io.ztunnel.api.zds.SnapshotSent;
import io.ztunnel.api.zds.WorkloadInfo;
import io.ztunnel.api.zds.WorkloadRequest;
import io.ztunnel.api.zds.WorkloadResponse;
import io.ztunnel.linux.Packet;
import io.ztunnel.linux.Received;
import io.ztunnel.linux.SeqPacketServer;
import io.ztunnel.linux.SeqPacketSocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** An agent that says exactly what a test tells it to, also what no agent should say. */
final class ScriptedAgent implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** Wider than the protocol allows, so that too long a record can be sent. */
    private static final int MAX_RECORD = 4096;

    private final SeqPacketServer server;

    ScriptedAgent(Path socket) throws IOException {
        server = SeqPacketServer.listen(socket, MAX_RECORD);
    }

    /** The next ztunnel, its hello read. */
    Connection accept() throws IOException {
        Connection connection =
                new Connection(Objects.requireNonNull(server.accept(LIMIT, LIMIT), "no ztunnel"));
        try (Packet hello = connection.next()) {
            assertThat(hello.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {8, 1}));
        }
        return connection;
    }

    @Override
    public void close() {
        server.close();
    }

    record Connection(SeqPacketSocket socket) implements AutoCloseable {
        /** The error of the answer; empty for an ACK. */
        String send(MessageLite request, int... descriptors) throws IOException {
            return send(request.toByteString(), descriptors);
        }

        String send(ByteString record, int... descriptors) throws IOException {
            socket.send(record.asReadOnlyByteBuffer(), descriptors);
            try (Packet answer = next()) {
                assertThat(answer.descriptorCount()).isZero();
                assertThat(answer.bytes().remaining()).isLessThanOrEqualTo(1024);
                return WorkloadResponse.parseFrom(answer.bytes()).getAck().getError();
            }
        }

        Packet next() throws IOException {
            return switch (socket.receive(LIMIT)) {
                case Packet packet -> packet;
                case Received.Nothing nothing -> throw new AssertionError(nothing);
            };
        }

        /** Waits until ztunnel hangs up. */
        void awaitEnd() throws IOException {
            assertThat(socket.receive(LIMIT)).isEqualTo(Received.Nothing.END_OF_STREAM);
        }

        /** True when ztunnel says nothing more and stays. */
        boolean isQuiet() throws IOException {
            return socket.receive(Duration.ZERO) == Received.Nothing.TIMED_OUT;
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    static WorkloadRequest add(String uid) {
        return WorkloadRequest.newBuilder()
                .setAdd(
                        AddWorkload.newBuilder()
                                .setUid(uid)
                                .setWorkloadInfo(
                                        WorkloadInfo.newBuilder()
                                                .setName("name-" + uid)
                                                .setNamespace("ns")
                                                .setServiceAccount("sa")))
                .build();
    }

    static WorkloadRequest addWithoutInfo(String uid) {
        return WorkloadRequest.newBuilder().setAdd(AddWorkload.newBuilder().setUid(uid)).build();
    }

    static WorkloadRequest keep(String uid) {
        return WorkloadRequest.newBuilder().setKeep(KeepWorkload.newBuilder().setUid(uid)).build();
    }

    static WorkloadRequest del(String uid) {
        return WorkloadRequest.newBuilder().setDel(DelWorkload.newBuilder().setUid(uid)).build();
    }

    static WorkloadRequest snapshotSent() {
        return WorkloadRequest.newBuilder()
                .setSnapshotSent(SnapshotSent.getDefaultInstance())
                .build();
    }
}
