package io.ztunnel.hbone;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Opens fake tunnels at once, or when told. */
final class FakeOpener implements TunnelOpener {
    final List<FakeTunnel> opened = new CopyOnWriteArrayList<>();
    private final Queue<Attempt> waiting = new ArrayDeque<>();
    private boolean held;

    private record Attempt(FakeTunnel tunnel, Promise<OutboundTunnel> promise) {}

    /** From now on attempts wait for {@link #succeed} or {@link #fail}. */
    FakeOpener hold() {
        held = true;
        return this;
    }

    int waiting() {
        return waiting.size();
    }

    FakeTunnel succeed() {
        Attempt next = waiting.remove();
        opened.add(next.tunnel());
        next.promise().setSuccess(next.tunnel());
        return next.tunnel();
    }

    /** Opens, and is told to go away before anybody can use it. */
    FakeTunnel succeedUnusable() {
        waiting.element().tunnel().goAwayUnnoticed();
        return succeed();
    }

    void fail(Throwable cause) {
        waiting.remove().promise().setFailure(cause);
    }

    @Override
    public Future<OutboundTunnel> open(TunnelKey key, EventLoop loop) {
        if (!loop.inEventLoop()) {
            throw new AssertionError("opened outside the loop of the tunnel");
        }
        FakeTunnel tunnel = new FakeTunnel(key, loop);
        if (held) {
            Attempt attempt = new Attempt(tunnel, loop.newPromise());
            waiting.add(attempt);
            return attempt.promise();
        }
        opened.add(tunnel);
        return loop.newSucceededFuture(tunnel);
    }
}
