package io.ztunnel.hbone;

import static java.util.Objects.requireNonNull;

import io.netty.channel.FileRegion;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.AbstractReferenceCounted;
import io.ztunnel.linux.LinuxException;
import io.ztunnel.linux.Pipe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Bytes that wait in a pipe to be written to a socket, in their turn among other writes. To a
 * channel they look like a part of a file. One object serves a pipe for its life: it is filled
 * again when it was written or dropped, which is when its last reference is released.
 *
 * <p>Confined to the event loop of both sockets.
 */
final class PipedBytes extends AbstractReferenceCounted implements FileRegion {
    private final Pipe pipe;
    private final Runnable onReleased;
    private @Nullable FileDescriptor socket;
    private int count;
    private int transferred;

    /**
     * @param onReleased runs in the middle of the channel's writing
     */
    PipedBytes(Pipe pipe, Runnable onReleased) {
        this.pipe = pipe;
        this.onReleased = onReleased;
    }

    /** Makes it hold the bytes that were put into the pipe. The caller owns it again. */
    PipedBytes refill(int bytes) {
        setRefCnt(1);
        count = bytes;
        transferred = 0;
        return this;
    }

    /** Where the bytes go: known to the end that writes them. */
    PipedBytes to(FileDescriptor socket) {
        this.socket = socket;
        return this;
    }

    /** Whether everything has left the pipe. */
    boolean isDrained() {
        return transferred == count;
    }

    /** In bytes. */
    @Override
    public long count() {
        return count;
    }

    @Override
    public long transferred() {
        return transferred;
    }

    @Override
    @SuppressWarnings("deprecation") // as FileRegion declares it
    public long transfered() {
        return transferred;
    }

    @Override
    public long position() {
        return 0;
    }

    /** From the pipe into the socket, whatever wrapper of it the channel offers. */
    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        int moved = pipe.drain(requireNonNull(socket).intValue(), count - transferred);
        if (moved == -LinuxException.EAGAIN) {
            return 0;
        }
        if (moved < 0) {
            throw new NativeIoException("splice", moved);
        }
        transferred += moved;
        return moved;
    }

    @Override
    protected void deallocate() {
        onReleased.run();
    }

    @Override
    public PipedBytes retain() {
        super.retain();
        return this;
    }

    @Override
    public PipedBytes retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public PipedBytes touch() {
        return this;
    }

    @Override
    public PipedBytes touch(Object hint) {
        return this;
    }
}
