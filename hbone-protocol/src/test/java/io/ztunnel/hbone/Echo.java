package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

/** What the far end of an exchange does: everything comes back. */
final class Echo implements StreamHandler {
    @Override
    public void onData(HboneStream stream, ByteBuf data) {
        int bytes = data.readableBytes();
        stream.write(data);
        stream.returnCredit(bytes);
    }

    @Override
    public void onReadComplete(HboneStream stream) {
        stream.flush();
    }

    @Override
    public void onEnd(HboneStream stream) {
        stream.finish();
    }

    @Override
    public void onWritable(HboneStream stream) {}

    @Override
    public void onClosed(HboneStream stream, @Nullable HboneException cause) {}
}
