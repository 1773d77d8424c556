package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes down what happens to a stream; returns credit only when told to. */
class EventLog implements StreamHandler {
    final List<String> events = new ArrayList<>();
    int bytes;

    @Override
    public void onData(HboneStream stream, ByteBuf data) {
        bytes += data.readableBytes();
        events.add(
                data.readableBytes() > 40
                        ? data.readableBytes() + " bytes"
                        : data.toString(StandardCharsets.US_ASCII));
        data.release();
    }

    @Override
    public void onReadComplete(HboneStream stream) {
        events.add("|");
    }

    @Override
    public void onEnd(HboneStream stream) {
        events.add("end");
    }

    @Override
    public void onWritable(HboneStream stream) {
        events.add("writable");
    }

    @Override
    public void onClosed(HboneStream stream, @Nullable HboneException cause) {
        events.add(
                cause == null
                        ? "closed"
                        : cause.code() == HboneException.Code.RESET
                                ? "closed RESET " + cause.errorCode()
                                : "closed " + cause.code());
    }

    static ByteBuf text(String text) {
        return tracked(text.getBytes(StandardCharsets.US_ASCII));
    }

    static ByteBuf zeros(int count) {
        return tracked(new byte[count]);
    }

    /** Of an allocator whose buffers the leak detector knows. */
    private static ByteBuf tracked(byte[] bytes) {
        return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes);
    }
}
