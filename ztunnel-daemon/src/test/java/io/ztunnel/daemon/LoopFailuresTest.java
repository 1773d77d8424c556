package io.ztunnel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.Slf4JLoggerFactory;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

class LoopFailuresTest {
    private static final String TASKS = "io.netty.util.concurrent.AbstractEventExecutor";
    private static final String LISTENERS = "io.netty.util.concurrent.DefaultPromise";
    private static final String LOOP = "io.netty.util.concurrent.SingleThreadEventExecutor";
    private static final String SELECTOR = "io.netty.channel.epoll.EpollIoHandler";
    private static final String PIPELINE = "io.netty.channel.DefaultChannelPipeline";

    private final List<String> fatal = new ArrayList<>();
    private boolean worker = true;
    private final LoopFailures failures =
            new LoopFailures(
                    ((Slf4JLoggerFactory) Slf4JLoggerFactory.INSTANCE)::newInstance,
                    thread -> worker,
                    fatal::add);

    private InternalLogger logger(String name) {
        return failures.newInstance(name);
    }

    @Test
    void whatATaskThrowsIsFatalAndToldInOneLine() {
        logger(TASKS).warn("A task failed: {}", "task", new IllegalStateException("lost count"));
        assertThat(fatal).hasSize(1);
        assertThat(fatal.getFirst())
                .contains("lost count", "LoopFailuresTest")
                .doesNotContain("\n");
    }

    @Test
    void whatAListenerThrowsIsFatalEvenWhenTheLoggerIsOff() {
        assertThat(logger(LISTENERS).isWarnEnabled()).isTrue();
        logger(LISTENERS).warn("An exception was thrown", new IllegalStateException());
        assertThat(fatal).hasSize(1);
    }

    @Test
    void brokenLoopIsFatal() {
        logger(LOOP).warn("Unexpected exception", new AssertionError());
        logger(SELECTOR).warn("Unexpected exception", new IOException("epoll_wait"));
        assertThat(fatal).hasSize(2);
    }

    @Test
    void exceptionsAtTheEndOfAPipelineAreForTheLogAndErrorsAreNot() {
        logger(PIPELINE).warn("reached the tail", new IOException("reset"));
        assertThat(fatal).isEmpty();
        logger(PIPELINE).warn("reached the tail", new StackOverflowError());
        assertThat(fatal).hasSize(1);
    }

    @Test
    void otherThreadsAndTasksThatComeTooLateGoOn() {
        logger(TASKS).warn("A task failed", new RejectedExecutionException("shut down"));
        logger(SELECTOR).warn("Failed to close the event fd.", new IOException());
        worker = false;
        logger(TASKS).warn("A task failed", new AssertionError());
        assertThat(fatal).isEmpty();
    }

    @Test
    void otherLoggersAreLeftAsTheyAre() {
        logger("io.netty.handler.ssl.SslHandler").warn("odd", new AssertionError());
        assertThat(fatal).isEmpty();
    }

    @Test
    void loggerStillLogsUnderItsName() {
        assertThat(logger(TASKS).name()).isEqualTo(TASKS);
    }
}
