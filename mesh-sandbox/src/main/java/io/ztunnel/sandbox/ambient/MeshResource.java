package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One xDS resource.
 *
 * @param name as clients subscribe to it and as it is removed
 * @param version follows from the bytes alone: equal content, equal version
 * @param bytes the message, map entries sorted by key
 */
public record MeshResource<M extends MessageLite>(
        String name, String version, M message, ByteString bytes) {

    /** Names a message and gives it a version. */
    public static <M extends MessageLite> MeshResource<M> of(String name, M message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(ByteBuffer.wrap(bytes));
            out.useDeterministicSerialization();
            message.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new IllegalStateException("a buffer of the right size takes the message", e);
        }
        return new MeshResource<>(name, version(bytes), message, ByteString.copyFrom(bytes));
    }

    private static String version(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
