package io.ztunnel.sandbox.waypoint;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What came of a request's body so far, kept for a repetition as long as it is small. Confined to
 * an event loop.
 */
final class RequestBody {
    static final int KEPT_BYTES = 64 * 1024;

    private final List<HttpContent> kept = new ArrayList<>();
    private boolean keeping = true;
    private boolean complete;
    private long bytes;

    /**
     * @param content stays the caller's
     * @param onlyHere whether nobody else has it: then it is kept, whatever its size
     */
    void add(HttpContent content, boolean onlyHere) {
        complete = content instanceof LastHttpContent;
        bytes += content.content().readableBytes();
        if (keeping) {
            if (bytes > KEPT_BYTES && !onlyHere) {
                discard();
            } else {
                kept.add(content.retainedDuplicate());
            }
        }
    }

    /**
     * @param to owns what it gets
     */
    void replay(Consumer<HttpContent> to) {
        kept.forEach(content -> to.accept(content.retainedDuplicate()));
    }

    boolean isReplayable() {
        return keeping;
    }

    boolean isComplete() {
        return complete;
    }

    /** In all. */
    long bytes() {
        return bytes;
    }

    /** There will be no repetition. */
    void discard() {
        keeping = false;
        kept.forEach(HttpContent::release);
        kept.clear();
    }
}
