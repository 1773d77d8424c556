package io.ztunnel.redirection;

import io.ztunnel.linux.LinuxException;
import io.ztunnel.linux.NetworkNamespace;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * Which pods are served: what each message of the node agent changes, and what it is answered. It
 * knows no connection. One thread only.
 *
 * <p>Two things differ from the reference ztunnel: a namespace that cannot be entered at all is
 * refused and forgotten instead of being tried for ever, and pending pods are tried one at a time,
 * so that an answer never waits for all of them.
 */
final class PodLedger {
    private static final Logger LOG = LoggerFactory.getLogger(PodLedger.class);

    /** A pod's namespace as it came with an add. */
    record Place(NetworkNamespace.Id id, PodNetwork network) {}

    private record Running(PodInfo pod, NetworkNamespace.Id place, PodProxy proxy) {}

    private record Pending(PodInfo pod, Place place, long dueNanos) {}

    private record Draining(PodProxy proxy, CompletableFuture<Void> done) {}

    private final PodProxyFactory factory;
    private final LongSupplier nanoClock;
    private final long retryNanos;

    private final Map<String, Running> running = new HashMap<>();

    /** In the order of their due times: each attempt moves its pod to the end. */
    private final Map<String, Pending> pending = new LinkedHashMap<>();

    /** The uids the agent has named since it connected, until its snapshot is complete. */
    private final Set<String> named = new HashSet<>();

    /** Drains under way, so that a shutdown waits for them too. */
    private final List<Draining> draining = new ArrayList<>();

    private boolean connected;
    private boolean snapshotReceived;
    private long started;
    private long stopped;

    PodLedger(PodProxyFactory factory, LongSupplier nanoClock, Duration retryDelay) {
        this.factory = factory;
        this.nanoClock = nanoClock;
        retryNanos = retryDelay.toNanos();
    }

    /** A new connection starts with a snapshot. What runs goes on running. */
    void connected() {
        named.clear();
        List.copyOf(pending.keySet()).forEach(this::dropPending);
        snapshotReceived = false;
        connected = true;
    }

    void disconnected() {
        connected = false;
    }

    /**
     * @param place of an add, else null; ours from now on
     */
    ZdsReply handle(ZdsMessage message, Optional<Place> place) {
        return switch (message) {
            case ZdsMessage.Add add -> add(add, place.orElseThrow());
            case ZdsMessage.Keep(String uid) -> keep(uid);
            case ZdsMessage.Del(String uid) -> del(uid);
            case ZdsMessage.SnapshotSent sent -> snapshotSent();
        };
    }

    /** The snapshot of the present connection, or of the last one, was complete. */
    boolean hasSnapshot() {
        return snapshotReceived;
    }

    /** Every pod the agent has named is served. */
    boolean ready() {
        return connected && snapshotReceived && pending.isEmpty();
    }

    /** How long until {@link #retryOne} has something to do; zero when it has. */
    Optional<Duration> untilRetry() {
        return pending.values().stream()
                .findFirst()
                .map(first -> first.dueNanos() - nanoClock.getAsLong())
                .map(nanos -> Duration.ofNanos(Math.max(0, nanos)));
    }

    /** Tries the pending pod that has waited longest, if its time has come. */
    void retryOne() {
        pending.values().stream()
                .findFirst()
                .filter(first -> first.dueNanos() - nanoClock.getAsLong() <= 0)
                .ifPresent(
                        first -> {
                            pending.remove(first.pod().uid());
                            switch (start(first.pod(), first.place())) {
                                case ZdsReply.Ack up ->
                                        LOG.info("pod {} is served now", name(first.pod()));
                                case ZdsReply.Nack(String error) -> LOG.debug("{}", error);
                                case ZdsReply.Fatal(String error) -> LOG.debug("{}", error);
                            }
                        });
    }

    /**
     * Drains every pod at once and gives up the pending ones. Hurries up drains under way when this
     * one is immediate.
     *
     * @return completes when the last socket of the last pod is closed
     */
    CompletableFuture<Void> drain(PodProxy.Drain how) {
        List.copyOf(pending.keySet()).forEach(this::dropPending);
        snapshotReceived = false;
        if (how == PodProxy.Drain.IMMEDIATE) {
            draining.forEach(drain -> drain.proxy().drain(how));
        }
        for (Running pod : List.copyOf(running.values())) {
            stop(pod, how);
        }
        return CompletableFuture.allOf(
                draining.stream().map(Draining::done).toArray(CompletableFuture[]::new));
    }

    List<PodStatus> pods() {
        List<PodStatus> pods = new ArrayList<>(running.size() + pending.size());
        for (Running pod : running.values()) {
            pods.add(new PodStatus(pod.pod(), PodStatus.State.UP, pod.proxy()));
        }
        for (Pending pod : pending.values()) {
            pods.add(new PodStatus(pod.pod(), PodStatus.State.PENDING, null));
        }
        pods.sort(Comparator.comparing(status -> status.pod().uid()));
        return List.copyOf(pods);
    }

    PodCounts counts() {
        return new PodCounts(running.size(), pending.size(), started, stopped);
    }

    private ZdsReply add(ZdsMessage.Add add, Place place) {
        PodInfo pod = add.pod();
        if (pod == null) {
            place.network().close();
            return new ZdsReply.Fatal("protocol error: add of " + add.uid() + " without its info");
        }
        if (!snapshotReceived) {
            named.add(add.uid());
        }
        Running old = running.get(add.uid());
        if (old != null && old.place().equals(place.id())) {
            place.network().close();
            return new ZdsReply.Ack();
        }
        if (old != null) {
            LOG.info("pod {} has a new network namespace", name(pod));
            stop(old, PodProxy.Drain.IMMEDIATE);
        }
        dropPending(add.uid());
        ZdsReply reply = start(pod, place);
        if (reply instanceof ZdsReply.Nack(String error)) {
            LOG.warn("{}", error);
        }
        return reply;
    }

    private ZdsReply keep(String uid) {
        if (snapshotReceived) {
            return new ZdsReply.Fatal("protocol error: keep of " + uid + " after the snapshot");
        }
        named.add(uid);
        return new ZdsReply.Ack();
    }

    private ZdsReply del(String uid) {
        dropPending(uid);
        if (!snapshotReceived) {
            // The end of the snapshot stops it.
            named.remove(uid);
            return new ZdsReply.Ack();
        }
        Running pod = running.get(uid);
        if (pod != null) {
            stop(pod, PodProxy.Drain.IMMEDIATE);
        }
        return new ZdsReply.Ack();
    }

    private ZdsReply snapshotSent() {
        if (snapshotReceived) {
            return new ZdsReply.Fatal("protocol error: a second snapshot on one connection");
        }
        for (Running pod : List.copyOf(running.values())) {
            if (!named.contains(pod.pod().uid())) {
                stop(pod, PodProxy.Drain.IMMEDIATE);
            }
        }
        named.clear();
        snapshotReceived = true;
        return new ZdsReply.Ack();
    }

    private ZdsReply start(PodInfo pod, Place place) {
        PodProxy proxy;
        try {
            proxy = factory.start(pod, place.network());
        } catch (IOException | RuntimeException e) {
            return failed(pod, place, e);
        }
        running.put(pod.uid(), new Running(pod, place.id(), proxy));
        started++;
        return new ZdsReply.Ack();
    }

    private ZdsReply failed(PodInfo pod, Place place, Exception cause) {
        String error = "failed to start proxy of pod %s: %s".formatted(name(pod), cause);
        if (cause instanceof LinuxException linux && isNoNamespace(linux)) {
            place.network().close();
        } else {
            long due = nanoClock.getAsLong() + retryNanos;
            pending.put(pod.uid(), new Pending(pod, place, due));
        }
        return new ZdsReply.Nack(error);
    }

    private static boolean isNoNamespace(LinuxException e) {
        return e.call().equals("setns")
                && (e.errno() == LinuxException.EINVAL || e.errno() == LinuxException.EBADF);
    }

    private void stop(Running pod, PodProxy.Drain how) {
        running.remove(pod.pod().uid());
        stopped++;
        draining.removeIf(drain -> drain.done().isDone());
        var done = new CompletableFuture<Void>();
        // A drain that fails has ended too.
        try {
            pod.proxy().drain(how).whenComplete((closed, failure) -> done.complete(null));
        } catch (RuntimeException e) {
            LOG.error("proxy of pod {} cannot be drained", name(pod.pod()), e);
            done.complete(null);
        }
        draining.add(new Draining(pod.proxy(), done));
    }

    private void dropPending(String uid) {
        Pending pod = pending.remove(uid);
        if (pod != null) {
            pod.place().network().close();
        }
    }

    private static String name(PodInfo pod) {
        return pod.namespace() + "/" + pod.name() + " (" + pod.uid() + ")";
    }
}
