package io.ztunnel.hbone;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.FileDescriptor;
import io.ztunnel.linux.LinuxException;
import io.ztunnel.linux.Pipe;
import io.ztunnel.linux.SocketCopy;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads a socket into a pipe instead of into buffers, for a relay whose other end is a socket too:
 * the kernel then hands over its own pages, at half the processor time of copying them twice. The
 * pipe is filled again when the other end has taken all that was in it, so what a connection holds
 * has a bound.
 *
 * <p>The socket's channel must not read meanwhile, and stays what it is otherwise: it writes,
 * half-closes and hears of errors. If it does read, as Netty's does after a reset, what it reads is
 * behind what the pipe holds, for both are written in the order they were read. This object has
 * epoll watch a descriptor of its own of the same socket; {@link #close} must come before the
 * channel's, or the peer is not told of that.
 *
 * <p>Confined to the event loop.
 */
final class PipedInput implements EpollIoHandle {
    /** What becomes of the input; on the event loop. */
    interface Reader {
        /** Takes ownership. Called again only when the bytes have been released. */
        void onPiped(PipedBytes bytes);

        void onReadComplete();

        void onEnd();

        void onFailed(IOException cause);
    }

    /**
     * In bytes: 256 slots, the most that the kernel grants without privileges. With the usual 16 a
     * pipe is full after two segments, and saves nothing.
     */
    static final int PIPE_BYTES = 1 << 20;

    /**
     * In pipes, for the process: what lies in a pipe is nobody's receive buffer, so no limit of the
     * kernel holds it. Whoever comes later is copied.
     */
    static final int MOST_PIPES = 256;

    private static final Logger log = LoggerFactory.getLogger(PipedInput.class);
    private static final AtomicInteger OPEN = new AtomicInteger();

    /** Then others of the loop have their turn. */
    private static final int READS_A_TURN = 16;

    private static final EpollIoOps READABLE = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET);

    private final IoEventLoop loop;
    private final FileDescriptor socket;
    private final Pipe pipe;
    private final PipedBytes bytes;
    private final Reader reader;
    private @Nullable IoRegistration registration;

    /** The socket may have something: the edge came and no read has found it empty since. */
    private boolean readable = true;

    private boolean paused;
    private boolean reading;
    private boolean scheduled;

    /** The bytes are with the reader. */
    private boolean full;

    private boolean closed;

    private PipedInput(IoEventLoop loop, FileDescriptor socket, Pipe pipe, Reader reader) {
        this.loop = loop;
        this.socket = socket;
        this.pipe = pipe;
        this.reader = reader;
        this.bytes = new PipedBytes(pipe, this::onReleased);
    }

    /**
     * Begins to read with a task on the loop. Called on the loop.
     *
     * @param socket stays the caller's
     * @return null if the machine has no pipe to give: the caller goes on copying
     */
    static @Nullable PipedInput open(IoEventLoop loop, FileDescriptor socket, Reader reader) {
        if (OPEN.incrementAndGet() > MOST_PIPES) {
            OPEN.decrementAndGet();
            return null;
        }
        Pipe pipe = null;
        try {
            pipe = Pipe.open(PIPE_BYTES);
            var copy = new FileDescriptor(SocketCopy.of(socket.intValue()));
            var input = new PipedInput(loop, copy, pipe, reader);
            input.register();
            return input;
        } catch (IOException e) {
            log.debug("a connection is copied rather than spliced: {}", e.getMessage());
            if (pipe != null) {
                pipe.close();
            }
            OPEN.decrementAndGet();
            return null;
        }
    }

    private void register() {
        loop.register(this)
                .addListener(
                        registered -> {
                            if (registered.isSuccess() && !closed) {
                                registration = (IoRegistration) registered.getNow();
                                registration.submit(READABLE);
                            } else if (!closed) {
                                reader.onFailed(new IOException(registered.cause()));
                            }
                        });
        schedule();
    }

    /** Of all connections of the process. */
    static int openPipes() {
        return OPEN.get();
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
        readable = true;
        read();
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        schedule();
    }

    /** Not from within the reader's calls: it may be in the middle of another event. */
    private void schedule() {
        if (!scheduled && isReady()) {
            scheduled = true;
            loop.execute(
                    () -> {
                        scheduled = false;
                        read();
                    });
        }
    }

    private boolean isReady() {
        return readable && !paused && !full && !closed;
    }

    private void read() {
        if (reading) {
            return;
        }
        reading = true;
        try {
            for (int reads = 0; reads < READS_A_TURN && isReady(); reads++) {
                readOnce();
            }
        } finally {
            reading = false;
        }
        schedule();
    }

    private void readOnce() {
        int moved = pipe.fill(socket.intValue());
        if (moved > 0) {
            full = true;
            reader.onPiped(bytes.refill(moved));
            reader.onReadComplete();
        } else if (moved == 0) {
            close();
            reader.onEnd();
        } else if (moved == -LinuxException.EAGAIN) {
            readable = false;
        } else {
            close();
            reader.onFailed(new NativeIoException("splice", moved));
        }
    }

    private void onReleased() {
        full = false;
        if (closed) {
            closePipe();
        } else if (!bytes.isDrained()) {
            // Dropped: the other end takes no more, and what remains must not come before newer.
            close();
        } else if (!reading) {
            schedule();
        }
    }

    /** Stops reading. What is with the reader already may still be written. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (registration != null) {
            registration.cancel();
        }
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("closing a copy of a descriptor: {}", e.getMessage());
        }
        if (!full) {
            closePipe();
        }
    }

    private void closePipe() {
        pipe.close();
        OPEN.decrementAndGet();
    }
}
