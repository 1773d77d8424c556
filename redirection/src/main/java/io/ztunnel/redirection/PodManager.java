package io.ztunnel.redirection;

import io.ztunnel.linux.SeqPacketSocket;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The ZDS client: keeps a connection to the node agent, and starts and stops the proxies of the
 * pods it names. A lost connection changes nothing for pods that run.
 *
 * <p>Everything happens on a thread of its own, {@code ztunnel-zds}: the agent must be answered
 * well within 5 s whatever else the process does, and one thread keeps requests and answers in
 * order. Public methods may be called from any thread.
 */
public final class PodManager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PodManager.class);

    /** How long the agent may keep us from connecting or from sending an answer. */
    private static final Duration SEND_LIMIT = Duration.ofSeconds(1);

    private static final Duration BACKOFF_CAP = Duration.ofSeconds(15);
    private static final long CLOSE_LIMIT_MILLIS = 5_000;

    /**
     * @param socket where the node agent listens
     * @param retryDelay before a pod that could not be started is tried again
     */
    public record Settings(Path socket, Duration retryDelay) {
        public static Settings defaults() {
            return new Settings(Path.of("/var/run/ztunnel/ztunnel.sock"), Duration.ofSeconds(5));
        }
    }

    /** Told on the ZDS thread; must not block. */
    public interface Listener {
        /**
         * Whether every pod of the agent's snapshot is served. Called when it changes; at first it
         * is false.
         */
        void ready(boolean ready);

        /**
         * The agent breaks the protocol, or we are broken: the process should end with status 1.
         * Pods run on until {@link PodManager#drain} or {@link PodManager#close}. Called once.
         */
        void failed(String reason);
    }

    private final Settings settings;
    private final PodNetworkFactory networks;
    private final Listener listener;
    private final PodLedger ledger;
    private final Backoff connectBackoff;
    private final Backoff helloBackoff;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private PodProxy.@Nullable Drain requested;
    private @Nullable SeqPacketSocket current;
    private boolean started;

    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile List<PodStatus> pods = List.of();
    private volatile PodCounts counts = new PodCounts(0, 0, 0, 0);
    private boolean wasReady;

    /** With the system's clock and randomness. */
    public PodManager(
            Settings settings,
            PodProxyFactory proxies,
            PodNetworkFactory networks,
            Listener listener) {
        this(settings, proxies, networks, listener, System::nanoTime, RandomGenerator.getDefault());
    }

    /**
     * @param nanoClock what retries of pending pods are timed by
     * @param random spreads attempts to reach an agent that does not understand us
     */
    public PodManager(
            Settings settings,
            PodProxyFactory proxies,
            PodNetworkFactory networks,
            Listener listener,
            LongSupplier nanoClock,
            RandomGenerator random) {
        this.settings = settings;
        this.networks = networks;
        this.listener = listener;
        ledger = new PodLedger(proxies, nanoClock, settings.retryDelay());
        connectBackoff = new Backoff(Duration.ofMillis(20), BACKOFF_CAP, 0, random);
        helloBackoff = new Backoff(Duration.ofMillis(5), BACKOFF_CAP, 0.2, random);
        thread = Thread.ofPlatform().name("ztunnel-zds").daemon().unstarted(this::run);
    }

    /**
     * To be called once, after the first xDS sync: from then on pods get proxies. Does nothing
     * after {@link #drain}.
     */
    public void start() {
        lock.lock();
        try {
            if (requested == null) {
                started = true;
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops listening to the agent, then drains every pod. A second call may turn a graceful drain
     * into an immediate one.
     *
     * @return completes when the last socket of the last pod is closed
     */
    public CompletionStage<Void> drain(PodProxy.Drain how) {
        lock.lock();
        try {
            if (requested != PodProxy.Drain.IMMEDIATE) {
                requested = how;
            }
            if (!started) {
                drained.complete(null);
            }
            if (current != null) {
                current.shutdown();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return drained;
    }

    /** Drains at once and waits up to 5 s for the end of it; not on the ZDS thread. Idempotent. */
    @Override
    public void close() {
        var done = drain(PodProxy.Drain.IMMEDIATE).toCompletableFuture();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            done.get(CLOSE_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
            thread.join(CLOSE_LIMIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("not every pod is drained", e);
        }
    }

    /** As of the last message or retry; ordered by uid. */
    public List<PodStatus> pods() {
        return pods;
    }

    /** As of the last message or retry. */
    public PodCounts counts() {
        return counts;
    }

    private void run() {
        try {
            serve();
        } catch (RuntimeException | Error e) {
            LOG.error("the pod manager has failed", e);
            listener.failed("the pod manager has failed: " + e);
        }
        drainWhenAsked();
    }

    /** Returns when asked to drain, or when the agent is beyond hope. */
    private void serve() {
        while (!isDraining()) {
            try (SeqPacketSocket socket =
                    SeqPacketSocket.connect(settings.socket(), ZdsCodec.MAX_RECORD, SEND_LIMIT)) {
                connectBackoff.reset();
                current(socket);
                switch (converse(socket)) {
                    case ZdsConversation.End.Stopped stopped -> {}
                    case ZdsConversation.End.Lost(String reason) -> {
                        LOG.warn("connection to the node agent lost: {}", reason);
                        reconnectAtOnceUnlessUseless();
                    }
                    case ZdsConversation.End.NotGreeted(String reason) -> {
                        Duration delay = helloBackoff.next();
                        LOG.warn(
                                "the node agent does not take our hello ({}), its version may be"
                                        + " incompatible; next attempt in {} ms",
                                reason,
                                delay.toMillis());
                        pause(delay);
                    }
                    case ZdsConversation.End.Fatal(String reason) -> {
                        LOG.error("the node agent breaks the protocol: {}", reason);
                        listener.failed(reason);
                        return;
                    }
                }
            } catch (IOException e) {
                Duration delay = connectBackoff.next();
                LOG.warn(
                        "cannot reach the node agent at {}: {}; next attempt in {} ms",
                        settings.socket(),
                        e.getMessage(),
                        delay.toMillis());
                pause(delay);
            } finally {
                current(null);
            }
        }
    }

    /** An agent that drops us before its snapshot is complete must not become a busy loop. */
    private void reconnectAtOnceUnlessUseless() {
        if (ledger.hasSnapshot()) {
            helloBackoff.reset();
        } else {
            pause(helloBackoff.next());
        }
    }

    private ZdsConversation.End converse(SeqPacketSocket socket) {
        LOG.info("connected to the node agent at {}", settings.socket());
        return new ZdsConversation(socket, ledger, networks, this::isDraining, this::publish).run();
    }

    private void current(@Nullable SeqPacketSocket socket) {
        lock.lock();
        try {
            current = socket;
        } finally {
            lock.unlock();
        }
    }

    private boolean isDraining() {
        lock.lock();
        try {
            return requested != null;
        } finally {
            lock.unlock();
        }
    }

    /** Waits that long, or until asked to drain. */
    private void pause(Duration delay) {
        lock.lock();
        try {
            long left = delay.toNanos();
            while (requested == null && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            LOG.debug("nobody has a reason to interrupt this thread", e);
        } finally {
            lock.unlock();
        }
    }

    private void drainWhenAsked() {
        PodProxy.Drain how = awaitRequest(null);
        drainAll(how);
        if (how == PodProxy.Drain.GRACEFUL && awaitRequest(how) == PodProxy.Drain.IMMEDIATE) {
            drainAll(PodProxy.Drain.IMMEDIATE);
        }
    }

    private void drainAll(PodProxy.Drain how) {
        ledger.drain(how)
                .whenComplete(
                        (done, failure) -> {
                            drained.complete(null);
                            wake();
                        });
        publish();
    }

    /** Waits for another request than that one; returns the same when all is drained before. */
    private PodProxy.Drain awaitRequest(PodProxy.@Nullable Drain served) {
        lock.lock();
        try {
            while (requested == null || (requested == served && !drained.isDone())) {
                changed.awaitUninterruptibly();
            }
            return requested;
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void publish() {
        pods = ledger.pods();
        counts = ledger.counts();
        boolean ready = ledger.ready();
        if (ready != wasReady) {
            wasReady = ready;
            listener.ready(ready);
        }
    }
}
