package io.ztunnel.hbone;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Epoll for sockets that are paused and half-closed for long. Netty's own handler is built for
 * connections that read all the time, and fails relays in three ways that this one mends by what it
 * asks epoll for:
 *
 * <ul>
 *   <li>It reads everything up to the end as soon as EPOLLRDHUP reports a FIN, even where reading
 *       is paused: tens of MiB of one socket's receive buffer would move into our memory. Here
 *       EPOLLRDHUP is never asked for. A FIN is found by reading, once the relay wants to.
 *   <li>It removes a socket that waits for nothing from epoll, and cannot add it again: after a
 *       peer's FIN, the first write that has to wait for the socket fails, and the response is cut.
 *       Here such a socket stays in the set.
 *   <li>EPOLLERR and EPOLLHUP cannot be masked out, see epoll_ctl(2). Where nobody reads, a level
 *       of them would keep the loop spinning, as would EPOLLOUT after a write has failed. Here they
 *       are edges unless the socket is read, and a read meets the end and stops.
 * </ul>
 */
public final class RelayIoHandler implements IoHandler {
    private final IoHandler epoll;

    private RelayIoHandler(IoHandler epoll) {
        this.epoll = epoll;
    }

    /** For the event loops of all channels that a {@link ChannelEnd} shall be made of. */
    public static IoHandlerFactory newFactory() {
        IoHandlerFactory epoll = EpollIoHandler.newFactory();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new RelayIoHandler(epoll.newHandler(executor));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return epoll.isChangingThreadSupported();
            }
        };
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        IoRegistration registration = epoll.register(handle);
        return handle instanceof PipedInput ? registration : new Registration(registration);
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    private record Registration(IoRegistration epoll) implements IoRegistration {
        private static final EpollIoOps READ = EpollIoOps.EPOLLIN;
        private static final EpollIoOps READ_WRITE = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLOUT);
        private static final EpollIoOps WRITE = EpollIoOps.EPOLLOUT.with(EpollIoOps.EPOLLET);
        private static final EpollIoOps NOTHING = EpollIoOps.EPOLLET;

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
        public <T> T attachment() {
            return epoll.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            return epoll.submit(ops instanceof EpollIoOps epollOps ? translate(epollOps) : ops);
        }

        private static EpollIoOps translate(EpollIoOps wanted) {
            boolean write = wanted.contains(EpollIoOps.EPOLLOUT);
            if (wanted.contains(EpollIoOps.EPOLLIN)) {
                return write ? READ_WRITE : READ;
            }
            return write ? WRITE : NOTHING;
        }

        @Override
        public boolean isValid() {
            return epoll.isValid();
        }

        @Override
        public boolean cancel() {
            return epoll.cancel();
        }
    }
}
