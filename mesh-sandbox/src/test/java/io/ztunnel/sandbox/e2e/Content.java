package io.ztunnel.sandbox.e2e;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Bytes that no one else sends: random blocks, each with its number, so that one that is lost,
 * doubled or moved changes the digest.
 *
 * @param seed two contents of different seeds have nothing in common
 */
record Content(long seed, long size) {
    static final long MIB = 1 << 20;
    private static final int BLOCK = 64 << 10;
    private static final Map<Content, String> DIGESTS = new ConcurrentHashMap<>();

    /** What has arrived. */
    record Arrived(long size, String sha256) {}

    /** What is to arrive. */
    Arrived expected() {
        return new Arrived(size, DIGESTS.computeIfAbsent(this, Content::digest));
    }

    private String digest() {
        MessageDigest digest = sha256();
        try {
            writeTo(digest::update);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private interface Sink {
        void take(ByteBuffer bytes) throws IOException;
    }

    /** Blocks until the channel has taken everything. */
    void send(WritableByteChannel channel) throws IOException {
        writeTo(
                bytes -> {
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                });
    }

    private void writeTo(Sink sink) throws IOException {
        byte[] random = new byte[BLOCK];
        new SplittableRandom(seed).nextBytes(random);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK).put(random);
        for (long sent = 0; sent < size; sent += BLOCK) {
            block.putLong(0, sent);
            block.rewind().limit((int) Math.min(BLOCK, size - sent));
            sink.take(block);
        }
    }

    /** Reads until the other end has ended its side. */
    static Arrived receive(ReadableByteChannel channel) throws IOException {
        return receive(channel, Long.MAX_VALUE);
    }

    /**
     * @param bytesPerSecond at most this fast
     */
    static Arrived receive(ReadableByteChannel channel, long bytesPerSecond) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
        long started = System.nanoTime();
        long size = 0;
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            size += buffer.remaining();
            digest.update(buffer);
            buffer.clear();
            double due = size * 1e9 / bytesPerSecond;
            LockSupport.parkNanos((long) due - (System.nanoTime() - started));
        }
        return new Arrived(size, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }
}
