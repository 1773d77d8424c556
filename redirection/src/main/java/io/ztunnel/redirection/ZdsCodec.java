package io.ztunnel.redirection;

import com.google.protobuf.InvalidProtocolBufferException;

import io.ztunnel.api.zds.Ack;
import io.ztunnel.api.zds.AddWorkload;
import io.ztunnel.api.zds.Version;
import io.ztunnel.api.zds.WorkloadInfo;
import io.ztunnel.api.zds.WorkloadRequest;
import io.ztunnel.api.zds.WorkloadResponse;
import io.ztunnel.api.zds.ZdsHello;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.linux.Packet;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The records of ZDS: one protobuf message each, and with an add exactly one descriptor, the pod's
 * network namespace.
 */
final class ZdsCodec {
    /** What both ends read at once; a longer record is lost. */
    static final int MAX_RECORD = 1024;

    /** Of a NACK's text, so that the record that holds it stays well below {@link #MAX_RECORD}. */
    static final int MAX_ERROR_BYTES = 800;

    private ZdsCodec() {}

    /** A record that breaks the rules; nothing after it on the connection can be trusted. */
    static final class UnreadableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super("failure to read message : " + message);
        }
    }

    /**
     * @param namespace of an add, else null
     */
    record Request(ZdsMessage message, @Nullable NetworkNamespace namespace) {}

    static ByteBuffer hello() {
        return ZdsHello.newBuilder()
                .setVersion(Version.V1)
                .build()
                .toByteString()
                .asReadOnlyByteBuffer();
    }

    static ByteBuffer response(ZdsReply reply) {
        Ack.Builder ack = Ack.newBuilder();
        switch (reply) {
            case ZdsReply.Ack done -> {}
            case ZdsReply.Nack(String error) -> ack.setError(cut(error));
            case ZdsReply.Fatal(String error) -> ack.setError(cut(error));
        }
        return WorkloadResponse.newBuilder()
                .setAck(ack)
                .build()
                .toByteString()
                .asReadOnlyByteBuffer();
    }

    /**
     * Reads a record and takes its descriptor. Whatever is left in the packet is for the caller to
     * close.
     */
    static Request read(Packet packet) throws UnreadableException {
        if (packet.truncated()) {
            throw new UnreadableException("record longer than " + MAX_RECORD + " bytes");
        }
        if (packet.controlTruncated() || packet.descriptorCount() > 1) {
            throw new UnreadableException("more than one file descriptor");
        }
        WorkloadRequest request;
        try {
            request = WorkloadRequest.parseFrom(packet.bytes());
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableException("not a WorkloadRequest: " + e.getMessage());
        }
        ZdsMessage message =
                switch (request.getPayloadCase()) {
                    case ADD -> add(request.getAdd());
                    case KEEP -> new ZdsMessage.Keep(request.getKeep().getUid());
                    case DEL -> new ZdsMessage.Del(request.getDel().getUid());
                    case SNAPSHOT_SENT -> new ZdsMessage.SnapshotSent();
                    case PAYLOAD_NOT_SET -> throw new UnreadableException("no payload");
                };
        if (message instanceof ZdsMessage.Add) {
            return new Request(message, namespace(packet));
        }
        if (packet.descriptorCount() > 0) {
            throw new UnreadableException("a file descriptor with something else than an add");
        }
        return new Request(message, null);
    }

    private static ZdsMessage add(AddWorkload add) {
        if (!add.hasWorkloadInfo()) {
            return new ZdsMessage.Add(add.getUid(), null);
        }
        WorkloadInfo info = add.getWorkloadInfo();
        return new ZdsMessage.Add(
                add.getUid(),
                new PodInfo(
                        add.getUid(),
                        info.getName(),
                        info.getNamespace(),
                        info.getServiceAccount()));
    }

    private static NetworkNamespace namespace(Packet packet) throws UnreadableException {
        if (packet.descriptorCount() == 0) {
            throw new UnreadableException("no control message with the pod's network namespace");
        }
        try {
            return NetworkNamespace.adopt(packet.takeDescriptor());
        } catch (IOException e) {
            throw new UnreadableException("bad file descriptor: " + e.getMessage());
        }
    }

    /** Cuts between characters, never within one. */
    private static String cut(String error) {
        String text = error.isEmpty() ? "unknown error" : error;
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        if (bytes.remaining() <= MAX_ERROR_BYTES) {
            return text;
        }
        int end = MAX_ERROR_BYTES;
        while ((bytes.get(end) & 0xC0) == 0x80) {
            end--;
        }
        return StandardCharsets.UTF_8.decode(bytes.slice(0, end)).toString();
    }
}
