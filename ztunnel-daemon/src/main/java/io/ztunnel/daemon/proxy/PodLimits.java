package io.ztunnel.daemon.proxy;

import io.netty.util.concurrent.Ticker;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.Telemetry.PodLimit;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.redirection.PodInfo;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one pod may have of the node, so that the others keep theirs. Whoever is refused is told so
 * in a line of its own, with the setting that decides. Safe for use from any thread; touched when
 * connections start and end, never on the path of a byte.
 */
final class PodLimits {
    private static final Logger log = LoggerFactory.getLogger(PodLimits.class);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long SILENCE = Duration.ofMinutes(1).toNanos();

    private final Config.PodLimits limits;
    private final PodInfo pod;
    private final Records records;
    private final Ticker ticker;
    private final ByteBudget bytes;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong nextLine;

    /** Apart, so that strangers who knock do not use up what the pod may dial. */
    private final Handshakes inbound;

    private final Handshakes outbound;

    PodLimits(Config.PodLimits limits, PodInfo pod, Records records, ByteBudget node) {
        this(limits, pod, records, node, Ticker.systemTicker());
    }

    PodLimits(
            Config.PodLimits limits, PodInfo pod, Records records, ByteBudget node, Ticker ticker) {
        this.limits = limits;
        this.pod = pod;
        this.records = records;
        this.ticker = ticker;
        this.inbound = new Handshakes();
        this.outbound = new Handshakes();
        this.nextLine = new AtomicLong(ticker.nanoTime());
        this.bytes = node.part(limits.bufferedBytes(), this::windowStays);
    }

    /** What the streams of the pod may make us keep. */
    ByteBudget bytes() {
        return bytes;
    }

    /**
     * Counts one more connection, until {@link #ended}.
     *
     * @return why there must be none; then none is counted
     */
    @Nullable ConnectionError begin() {
        if (connections.incrementAndGet() <= limits.connections()) {
            return null;
        }
        connections.decrementAndGet();
        records.limitReached(PodLimit.CONNECTIONS);
        return ConnectionError.tooManyConnections(limits.connections());
    }

    void ended() {
        connections.decrementAndGet();
    }

    /**
     * Counts one more handshake with a client.
     *
     * @return why it must not begin
     */
    @Nullable ConnectionError inboundHandshake() {
        return count(inbound);
    }

    /**
     * Counts one more handshake with a server.
     *
     * @return why it must not begin
     */
    @Nullable ConnectionError outboundHandshake() {
        return count(outbound);
    }

    private @Nullable ConnectionError count(Handshakes direction) {
        if (direction.count()) {
            return null;
        }
        records.limitReached(PodLimit.HANDSHAKES);
        return ConnectionError.tooManyHandshakes(limits.handshakesPerSecond());
    }

    /** Those of the second that began at {@link #second}. */
    private final class Handshakes {
        private int count;
        private long second = ticker.nanoTime();

        synchronized boolean count() {
            long now = ticker.nanoTime();
            if (now - second >= SECOND) {
                second = now;
                count = 0;
            }
            if (count == limits.handshakesPerSecond()) {
                return false;
            }
            count++;
            return true;
        }
    }

    /** No connection is refused for it, so that nothing else would tell. */
    private void windowStays() {
        records.limitReached(PodLimit.BUFFERED_BYTES);
        long now = ticker.nanoTime();
        long next = nextLine.get();
        if (now - next >= 0 && nextLine.compareAndSet(next, now + SILENCE)) {
            log.atWarn()
                    .addKeyValue("code", "BUFFERED_BYTES_LIMIT")
                    .addKeyValue("hint", "raise ZTUNNEL_POD_MAX_BUFFERED_BYTES")
                    .log(
                            "windows of {}/{} grow no further, its streams hold {} bytes",
                            pod.namespace(),
                            pod.name(),
                            bytes.taken());
        }
    }
}
