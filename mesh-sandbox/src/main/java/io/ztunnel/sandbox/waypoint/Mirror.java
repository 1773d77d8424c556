package io.ztunnel.sandbox.waypoint;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A copy of a request that goes to somebody whose answer nobody waits for. It never slows the
 * request down: a mirror that cannot keep up gets no more of it.
 */
final class Mirror implements Attempt.Reach, HttpUpstream.Listener {
    private static final long MAX_WAITING_BYTES = 256 * 1024;
    private static final int LIMIT_SECONDS = 30;

    private final HttpRequest head;
    private final Attempt attempt;
    private final Deque<HttpContent> waiting = new ArrayDeque<>();
    private final ScheduledFuture<?> limit;
    private long waitingBytes;
    private boolean over;
    private boolean requestDone;

    private Mirror(Dialler dialler, Destination to, HttpRequest head, boolean http2) {
        this.head = head;
        this.attempt =
                Attempt.start(dialler, dialler.pick(to.endpoints(), Set.of()), http2, this, this);
        this.limit = dialler.loop().schedule(this::drop, LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * @param head owned by the mirror
     * @return nothing when there is no endpoint
     */
    static @Nullable Mirror start(
            Dialler dialler, Destination to, HttpRequest head, boolean http2) {
        return to.endpoints().isEmpty() ? null : new Mirror(dialler, to, head, http2);
    }

    /**
     * @param content stays the caller's
     */
    void content(HttpContent content) {
        if (over) {
            return;
        }
        requestDone = content instanceof LastHttpContent;
        if (attempt.isReady() && waiting.isEmpty() && attempt.isWritable()) {
            attempt.write(content.retainedDuplicate());
            return;
        }
        waitingBytes += content.content().readableBytes();
        if (waitingBytes > MAX_WAITING_BYTES) {
            drop();
        } else {
            waiting.add(content.retainedDuplicate());
            pump();
        }
    }

    private void pump() {
        while (attempt.isReady() && attempt.isWritable() && !waiting.isEmpty()) {
            HttpContent next = waiting.remove();
            waitingBytes -= next.content().readableBytes();
            attempt.write(next);
        }
    }

    @Override
    public void reached() {
        attempt.write(head);
        pump();
        attempt.read();
    }

    @Override
    public void unreachable(DialException why) {
        drop();
    }

    @Override
    public void interim(HttpResponse response) {}

    @Override
    public void response(HttpResponse response) {}

    @Override
    public void responseContent(HttpContent content) {
        content.release();
        if (content instanceof LastHttpContent) {
            end(requestDone && waiting.isEmpty());
        }
    }

    @Override
    public void responseRead() {
        attempt.read();
    }

    @Override
    public void switched(HttpResponse response) {
        drop();
    }

    @Override
    public void upstreamWritabilityChanged() {
        pump();
    }

    @Override
    public void upstreamLost(String why, boolean untouched) {
        drop();
    }

    /** The request it is a copy of did not come to its end. */
    void drop() {
        end(false);
    }

    private void end(boolean properly) {
        if (over) {
            return;
        }
        over = true;
        limit.cancel(false);
        waiting.forEach(HttpContent::release);
        waiting.clear();
        if (properly) {
            attempt.finish();
        } else {
            attempt.drop();
        }
    }
}
