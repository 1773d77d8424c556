package io.ztunnel.bench.micro;

import io.netty.util.concurrent.DefaultThreadFactory;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads of the kind that Netty's event loops have: on others its pools of
 * buffers and objects are not used. JMH makes one of these in each fork.
 */
public final class LoopThreads extends ThreadPoolExecutor {
    /** As JMH wants it. */
    public LoopThreads(int threads, String name) {
        super(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
    }
}
