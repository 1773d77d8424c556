package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import java.util.ArrayList;
import java.util.List;

/** A tunnel without a wire: it remembers what the pool did to it. */
final class FakeTunnel implements OutboundTunnel {
    final TunnelKey key;
    private final EventLoop loop;
    private final List<Runnable> unusable = new ArrayList<>();
    private volatile boolean usable = true;
    volatile int maxStreams = Integer.MAX_VALUE;
    volatile boolean drained;
    volatile boolean closed;
    volatile Runnable onClose = () -> {};

    FakeTunnel(TunnelKey key, EventLoop loop) {
        this.key = key;
        this.loop = loop;
    }

    /** The peer says it takes no more streams. */
    void goAway() {
        usable = false;
        unusable.forEach(Runnable::run);
    }

    /** GOAWAY whose notice is still on its way to the pool. */
    void goAwayUnnoticed() {
        usable = false;
    }

    @Override
    public EventLoop eventLoop() {
        return loop;
    }

    @Override
    public Future<HboneStream> connect(ConnectRequest request, StreamHandler handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int streams() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int maxStreams() {
        return maxStreams;
    }

    @Override
    public boolean isUsable() {
        assertLoop();
        return usable;
    }

    @Override
    public List<String> peerIdentities() {
        return key.identities();
    }

    @Override
    public void drain() {
        assertLoop();
        drained = true;
        goAwayUnnoticed();
    }

    @Override
    public void close() {
        assertLoop();
        closed = true;
        goAwayUnnoticed();
        onClose.run();
    }

    @Override
    public void onUnusable(Runnable listener) {
        assertLoop();
        unusable.add(listener);
        if (!usable) {
            listener.run();
        }
    }

    @Override
    public void onStreamEnd(Runnable listener) {
        throw new UnsupportedOperationException();
    }

    private void assertLoop() {
        if (!loop.inEventLoop()) {
            throw new AssertionError("used outside its loop");
        }
    }
}
