package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends bytes into a stream as fast as it takes them, with an end after the last one if wanted, and
 * sums up what comes back.
 */
final class Pump implements StreamHandler {
    private static final int CHUNK = 32 * 1024;

    final CompletableFuture<Void> ended = new CompletableFuture<>();
    final CompletableFuture<@Nullable HboneException> closed = new CompletableFuture<>();
    private final byte[] payload;
    private final boolean finish;
    private final MessageDigest digest;
    private boolean holdsCredit;
    private int held;
    volatile int taken;
    final AtomicInteger received = new AtomicInteger();

    Pump(byte[] payload, boolean finish) {
        this.payload = payload;
        this.finish = finish;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** On the stream's loop. */
    void run(HboneStream stream) {
        int at = taken;
        while (at < payload.length && stream.isWritable()) {
            int bytes = Math.min(CHUNK, payload.length - at);
            ByteBuf chunk = ByteBufAllocator.DEFAULT.directBuffer(bytes);
            stream.write(chunk.writeBytes(payload, at, bytes));
            at += bytes;
        }
        taken = at;
        stream.flush();
        if (at == payload.length && finish) {
            stream.finish();
        }
    }

    /** Behaves like a reader that stands still. Before the first byte. */
    Pump holdingCredit() {
        holdsCredit = true;
        return this;
    }

    /** On the stream's loop: reads what came, and goes on. */
    void release(HboneStream stream) {
        holdsCredit = false;
        stream.returnCredit(held);
        stream.flush();
    }

    /** Of everything received so far. */
    String digest() {
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void onData(HboneStream stream, ByteBuf data) {
        int bytes = data.readableBytes();
        digest.update(data.nioBuffer());
        data.release();
        received.addAndGet(bytes);
        if (holdsCredit) {
            held += bytes;
        } else {
            stream.returnCredit(bytes);
        }
    }

    @Override
    public void onReadComplete(HboneStream stream) {}

    @Override
    public void onEnd(HboneStream stream) {
        ended.complete(null);
    }

    @Override
    public void onWritable(HboneStream stream) {
        run(stream);
    }

    @Override
    public void onClosed(HboneStream stream, @Nullable HboneException cause) {
        closed.complete(cause);
    }
}
