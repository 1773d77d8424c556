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

/** The threads of the process, by the names that thread dumps show. */
record Threads(
        EventLoopGroup workers,
        EventLoopGroup control,
        EventLoopGroup admin,
        ThreadPoolExecutor handshakes)
        implements AutoCloseable {
    private static final int HANDSHAKE_THREADS = 2;
    private static final int QUEUED_HANDSHAKES = 4096;

    static Threads start(int workers) {
        return new Threads(
                new MultiThreadIoEventLoopGroup(
                        workers, factory("ztunnel-worker"), RelayIoHandler.newFactory()),
                new MultiThreadIoEventLoopGroup(
                        1, factory("ztunnel-control"), EpollIoHandler.newFactory()),
                new MultiThreadIoEventLoopGroup(
                        1, factory("ztunnel-admin"), EpollIoHandler.newFactory()),
                new ThreadPoolExecutor(
                        HANDSHAKE_THREADS,
                        HANDSHAKE_THREADS,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUED_HANDSHAKES),
                        factory("ztunnel-handshake")));
    }

    /** A thread that dies of something unexpected takes the process with it. */
    private static ThreadFactory factory(String name) {
        return new DefaultThreadFactory(name, true) {
            @Override
            protected Thread newThread(Runnable task, String threadName) {
                Thread thread = super.newThread(task, threadName);
                thread.setUncaughtExceptionHandler(
                        (dead, cause) -> {
                            System.err.println(
                                    "ztunnel: thread " + dead.getName() + " failed: " + cause);
                            Runtime.getRuntime().halt(1);
                        });
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
