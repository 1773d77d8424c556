package io.ztunnel.sandbox.conformance.peer;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What one end of a connection has received and not been asked for yet. Thread-safe. */
public final class Inbox {
    /** How the other side ended. */
    public sealed interface End {
        /** FIN, or END_STREAM. */
        record Finished() implements End {}

        /**
         * RST, or RST_STREAM.
         *
         * @param code the name of an HTTP/2 error code; "RST" for TCP
         */
        record WasReset(String code) implements End {}

        /** The connection below is gone. */
        record Lost() implements End {}
    }

    private byte[] bytes = new byte[0];
    private @Nullable End end;
    private @Nullable Map<String, String> head;

    synchronized void received(byte[] more) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length + more.length);
        all.writeBytes(bytes);
        all.writeBytes(more);
        bytes = all.toByteArray();
        notifyAll();
    }

    /** The first end counts, but a reset after a finish is told. */
    synchronized void ended(End how) {
        if (end == null || (end instanceof End.Finished && how instanceof End.WasReset)) {
            end = how;
        }
        notifyAll();
    }

    synchronized void headed(Map<String, String> fields) {
        if (head == null) {
            head = new LinkedHashMap<>(fields);
        }
        notifyAll();
    }

    /** Takes up to so many bytes once they are there, fewer when the time or the stream is over. */
    public synchronized byte[] take(int count, Duration limit) {
        await(() -> bytes.length >= count || end != null, limit);
        byte[] taken = Arrays.copyOf(bytes, Math.min(count, bytes.length));
        bytes = Arrays.copyOfRange(bytes, taken.length, bytes.length);
        return taken;
    }

    /** Takes a line without its end, or what there is when no line comes. */
    public synchronized String takeLine(Duration limit) {
        await(() -> indexOfNewline() >= 0 || end != null, limit);
        int newline = indexOfNewline();
        byte[] line = take(newline < 0 ? bytes.length : newline + 1, Duration.ZERO);
        String text = new String(line, StandardCharsets.UTF_8);
        return newline < 0 ? text : text.substring(0, text.length() - 1);
    }

    private int indexOfNewline() {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** What is there, waiting for the first byte; empty at the end. */
    synchronized byte[] next(Duration limit) {
        await(() -> bytes.length > 0 || end != null, limit);
        byte[] taken = bytes;
        bytes = new byte[0];
        return taken;
    }

    /** How many bytes wait to be taken. */
    public synchronized int available() {
        return bytes.length;
    }

    public synchronized Optional<End> end() {
        return Optional.ofNullable(end);
    }

    public synchronized Optional<End> awaitEnd(Duration limit) {
        await(() -> end != null, limit);
        return Optional.ofNullable(end);
    }

    /** Waits for a reset, also one that comes after the other side has finished. */
    public synchronized Optional<End> awaitReset(Duration limit) {
        await(() -> end != null && !(end instanceof End.Finished), limit);
        return Optional.ofNullable(end);
    }

    /** Waits for an end, or for bytes that nobody has asked for. */
    public synchronized Optional<End> awaitEndOrBytes(Duration limit) {
        await(() -> end != null || bytes.length > 0, limit);
        return Optional.ofNullable(end);
    }

    /** The head of the request or the answer, header names in lower case. */
    public synchronized Optional<Map<String, String>> awaitHead(Duration limit) {
        await(() -> head != null || end != null, limit);
        return Optional.ofNullable(head);
    }

    private void await(BooleanSupplier condition, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            try {
                wait(left);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
