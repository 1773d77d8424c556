package io.ztunnel.daemon;

import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Slf4JLoggerFactory;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Ends the process when something unexpected escapes on a worker loop.
 *
 * <p>Netty survives whatever a task or a listener throws: it logs a warning and goes on, with a
 * connection that nobody will ever close. When its own loop breaks it logs as well and ends that
 * thread, and every pod whose home it was is cut off. The warnings are the one place where all of
 * this surfaces, so they are what is listened to. A restart by the kubelet is safer than a proxy
 * that is half dead.
 *
 * <p>Exceptions that reach the end of a pipeline are another matter, most of them come from peers;
 * there only an {@link Error} counts.
 */
final class LoopFailures extends InternalLoggerFactory {
    /** Whose warnings mean that a task, a listener or the loop itself has failed. */
    private static final Set<String> LOOPS =
            Set.of(
                    AbstractEventExecutor.class.getName(),
                    SingleThreadEventExecutor.class.getName(),
                    DefaultPromise.class.getName(),
                    EpollIoHandler.class.getName());

    private static final String PIPELINE = "io.netty.channel.DefaultChannelPipeline";

    private final Function<String, InternalLogger> loggers;
    private final Predicate<Thread> worker;
    private final Consumer<String> fatal;

    LoopFailures(
            Function<String, InternalLogger> loggers,
            Predicate<Thread> worker,
            Consumer<String> fatal) {
        this.loggers = loggers;
        this.worker = worker;
        this.fatal = fatal;
    }

    /**
     * Listens from now on; before Netty's classes are used, which keep the loggers they began with.
     *
     * @param worker the threads that matter
     * @param fatal told what has failed, in one line; on the thread where it did
     */
    static void install(Predicate<Thread> worker, Consumer<String> fatal) {
        Slf4JLoggerFactory slf4j = (Slf4JLoggerFactory) Slf4JLoggerFactory.INSTANCE;
        InternalLoggerFactory.setDefaultFactory(
                new LoopFailures(slf4j::newInstance, worker, fatal));
    }

    static String describe(Thread thread, Throwable cause) {
        StackTraceElement[] stack = cause.getStackTrace();
        String where = stack.length == 0 ? "" : " at " + stack[0];
        return "thread " + thread.getName() + " failed: " + cause + where;
    }

    @Override
    protected InternalLogger newInstance(String name) {
        InternalLogger logger = loggers.apply(name);
        boolean ofLoop = LOOPS.contains(name);
        if (!ofLoop && !name.equals(PIPELINE)) {
            return logger;
        }
        return (InternalLogger)
                Proxy.newProxyInstance(
                        InternalLogger.class.getClassLoader(),
                        new Class<?>[] {InternalLogger.class},
                        new Listener(logger, ofLoop));
    }

    private final class Listener implements InvocationHandler {
        private final InternalLogger logger;
        private final boolean ofLoop;

        Listener(InternalLogger logger, boolean ofLoop) {
            this.logger = logger;
            this.ofLoop = ofLoop;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
                throws Throwable {
            String name = method.getName();
            if (name.equals("isWarnEnabled")) {
                return true;
            }
            if (arguments != null && (name.equals("warn") || name.equals("error"))) {
                look(arguments);
            }
            try {
                return method.invoke(logger, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
            }
        }

        private void look(Object[] arguments) {
            if (arguments[0] instanceof String text && text.startsWith("Failed to close")) {
                // The loop has ended, and cannot give back its own descriptors.
                return;
            }
            Throwable cause = thrown(arguments[arguments.length - 1]);
            Thread thread = Thread.currentThread();
            if (cause != null && isFatal(cause) && worker.test(thread)) {
                fatal.accept(describe(thread, cause));
            }
        }

        /** Tasks that come too late are refused while the process ends. */
        private boolean isFatal(Throwable cause) {
            return cause instanceof Error
                    || (ofLoop && !(cause instanceof RejectedExecutionException));
        }

        private static @Nullable Throwable thrown(Object last) {
            return switch (last) {
                case Throwable cause -> cause;
                case Object[] rest when rest.length > 0 -> thrown(rest[rest.length - 1]);
                default -> null;
            };
        }
    }
}
