package io.ztunnel.daemon;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ztunnel.hbone.RelayIoHandler;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The threads of the process, by the names that thread dumps show. */
record Threads(
        EventLoopGroup workers,
        EventLoopGroup control,
        EventLoopGroup admin,
        ThreadPoolExecutor handshakes)
        implements AutoCloseable {
    private static final String WORKER = "ztunnel-worker";
    private static final int HANDSHAKE_THREADS = 2;
    private static final int QUEUED_HANDSHAKES = 4096;

    /**
     * @param fatal told in one line when a worker cannot go on; ends the process
     */
    static Threads start(int workers, Consumer<String> fatal) {
        LoopFailures.install(thread -> thread.getName().startsWith(WORKER), fatal);
        return new Threads(
                new MultiThreadIoEventLoopGroup(
                        workers, factory(WORKER, fatal), RelayIoHandler.newFactory()),
                new MultiThreadIoEventLoopGroup(
                        1, factory("ztunnel-control", fatal), EpollIoHandler.newFactory()),
                new MultiThreadIoEventLoopGroup(
                        1, factory("ztunnel-admin", fatal), EpollIoHandler.newFactory()),
                new ThreadPoolExecutor(
                        HANDSHAKE_THREADS,
                        HANDSHAKE_THREADS,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUED_HANDSHAKES),
                        factory("ztunnel-handshake", fatal)));
    }

    /** Threads called name-1, name-2 and so on; one that dies takes the process with it. */
    private static ThreadFactory factory(String name, Consumer<String> fatal) {
        AtomicInteger count = new AtomicInteger();
        return new DefaultThreadFactory(name, true) {
            @Override
            protected Thread newThread(Runnable task, String numbered) {
                Thread thread = super.newThread(task, name + "-" + count.incrementAndGet());
                thread.setUncaughtExceptionHandler(
                        (dead, cause) -> fatal.accept(LoopFailures.describe(dead, cause)));
                return thread;
            }
        };
    }

    @Override
    public void close() {
        workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        control.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        admin.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        handshakes.shutdownNow();
    }
}
