package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

/** An end that takes no pipes, whatever the one behind it could. */
record CopiedEnd(RelayEnd end) implements RelayEnd {
    @Override
    public EventLoop eventLoop() {
        return end.eventLoop();
    }

    @Override
    public void attach(Relay.Input relay) {
        end.attach(relay);
    }

    @Override
    public void write(ByteBuf data) {
        end.write(data);
    }

    @Override
    public void flush() {
        end.flush();
    }

    @Override
    public void finish() {
        end.finish();
    }

    @Override
    public void close() {
        end.close();
    }

    @Override
    public void abort() {
        end.abort();
    }

    @Override
    public void reset() {
        end.reset();
    }

    @Override
    public boolean isWritable() {
        return end.isWritable();
    }

    @Override
    public void pauseReading() {
        end.pauseReading();
    }

    @Override
    public void resumeReading() {
        end.resumeReading();
    }

    @Override
    public void consumed(int bytes) {
        end.consumed(bytes);
    }
}
