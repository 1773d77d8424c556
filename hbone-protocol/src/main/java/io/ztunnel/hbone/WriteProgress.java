package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.DefaultChannelProgressivePromise;

import org.jspecify.annotations.Nullable;

/**
 * The one promise of all writes of a channel: it never completes, it counts. The outbound buffer
 * reports each piece that the socket has taken, so a promise per write is not needed.
 */
final class WriteProgress extends DefaultChannelProgressivePromise {
    private final Runnable onProgress;

    /** Bytes of the write in progress that were counted already. */
    private long counted;

    private int written;
    private @Nullable Throwable failure;

    /**
     * @param onProgress runs in the middle of the channel's writing: it may note, it must not act
     */
    WriteProgress(Channel channel, Runnable onProgress) {
        super(channel);
        this.onProgress = onProgress;
    }

    /** Bytes written since the last call. */
    int take() {
        int bytes = written;
        written = 0;
        return bytes;
    }

    /** Why writing stopped working, as the socket said it. */
    @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public boolean tryProgress(long progress, long total) {
        written += (int) (progress - counted);
        counted = progress == total ? 0 : progress;
        onProgress.run();
        return true;
    }

    @Override
    public boolean setUncancellable() {
        return true;
    }

    @Override
    public boolean trySuccess() {
        return true;
    }

    @Override
    public boolean trySuccess(@Nullable Void result) {
        return true;
    }

    @Override
    public boolean tryFailure(Throwable cause) {
        if (failure == null) {
            failure = rootOf(cause);
        }
        return true;
    }

    /** Netty wraps the socket's own error, more than once on some paths. */
    static Throwable rootOf(Throwable cause) {
        Throwable root = cause;
        for (int depth = 0; root.getCause() != null && depth < 8; depth++) {
            root = requireNonNull(root.getCause());
        }
        return root;
    }
}
