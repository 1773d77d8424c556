package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.Priority;
import io.ztunnel.daemon.identity.WorkloadCertificate;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * TLS contexts by identity, direction and accepted peers, each made once for a generation of the
 * certificate. Safe for use from any thread.
 *
 * <p>Who is given a context uses it a little later, after a connect for example. So a context that
 * has been replaced, evicted or forgotten is closed only after {@link #GRACE}, and no connection
 * fails because a certificate was renewed under it.
 */
public final class TlsContexts implements AutoCloseable {
    static final int MAX_CONTEXTS = 1024;

    /** Longer than a connect and a handshake take together. */
    static final Duration GRACE = Duration.ofMinutes(1);

    /** Makes contexts; takes about a millisecond for each. */
    interface Maker {
        TlsContext server(WorkloadCertificate own) throws HboneException;

        TlsContext client(WorkloadCertificate own, List<String> accepted) throws HboneException;
    }

    private final Function<Identity, @Nullable WorkloadCertificate> available;
    private final Function<Identity, CompletionStage<WorkloadCertificate>> fetch;
    private final Maker maker;
    private final LongSupplier nanoTime;

    /** Guarded by this; the least recently used first. */
    private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);

    /** Guarded by this; in the order of their times. */
    private final ArrayDeque<Retired> retired = new ArrayDeque<>();

    private boolean closed;

    /**
     * @param accepted null for the server side
     */
    private record Key(Identity identity, @Nullable List<String> accepted) {}

    private record Entry(WorkloadCertificate certificate, TlsContext context) {}

    private record Retired(TlsContext context, long closeAtNanos) {}

    public TlsContexts(CertificateManager certificates, HboneTls tls) {
        this(
                certificates::available,
                identity -> certificates.fetch(identity, Priority.REAL_TIME),
                new Maker() {
                    @Override
                    public TlsContext server(WorkloadCertificate own) throws HboneException {
                        return tls.server(own.tls());
                    }

                    @Override
                    public TlsContext client(WorkloadCertificate own, List<String> accepted)
                            throws HboneException {
                        return tls.client(own.tls(), accepted);
                    }
                },
                System::nanoTime);
    }

    /**
     * @param available the current certificate, null for none
     * @param fetch waits for the first one
     */
    TlsContexts(
            Function<Identity, @Nullable WorkloadCertificate> available,
            Function<Identity, CompletionStage<WorkloadCertificate>> fetch,
            Maker maker,
            LongSupplier nanoTime) {
        this.available = available;
        this.fetch = fetch;
        this.maker = maker;
        this.nanoTime = nanoTime;
    }

    /**
     * For accepting tunnels as that identity; fails with the reason why there is no certificate.
     */
    CompletionStage<TlsContext> server(Identity identity) {
        return context(new Key(identity, null));
    }

    /**
     * For opening tunnels as that identity.
     *
     * @param accepted SPIFFE URIs one of which the server must present
     */
    CompletionStage<TlsContext> client(Identity identity, List<String> accepted) {
        return context(new Key(identity, accepted));
    }

    private CompletionStage<TlsContext> context(Key key) {
        WorkloadCertificate current = available.apply(key.identity);
        if (current != null) {
            try {
                return CompletableFuture.completedFuture(cached(key, current));
            } catch (HboneException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        return fetch.apply(key.identity)
                .thenApply(
                        certificate -> {
                            try {
                                return cached(key, certificate);
                            } catch (HboneException e) {
                                throw new CompletionException(e);
                            }
                        });
    }

    private TlsContext cached(Key key, WorkloadCertificate certificate) throws HboneException {
        TlsContext known = find(key, certificate);
        if (known != null) {
            return known;
        }
        // Outside the lock, which event loops wait for; who loses a race throws its own away.
        TlsContext fresh =
                key.accepted == null
                        ? maker.server(certificate)
                        : maker.client(certificate, key.accepted);
        return keep(key, new Entry(certificate, fresh));
    }

    private synchronized @Nullable TlsContext find(Key key, WorkloadCertificate certificate) {
        closeDue();
        Entry entry = entries.get(key);
        return entry != null && entry.certificate.equals(certificate) ? entry.context : null;
    }

    private synchronized TlsContext keep(Key key, Entry fresh) throws HboneException {
        if (closed) {
            fresh.context.close();
            throw HboneException.of(HboneException.Code.DRAINING, "shutting down", null);
        }
        Entry other = entries.get(key);
        if (other != null && !isNewer(key, fresh, other)) {
            fresh.context.close();
            return other.context;
        }
        entries.put(key, fresh);
        if (other != null) {
            retire(other.context);
        }
        if (entries.size() > MAX_CONTEXTS) {
            Map.Entry<Key, Entry> eldest = entries.firstEntry();
            entries.remove(eldest.getKey());
            retire(eldest.getValue().context);
        }
        return fresh.context;
    }

    /**
     * Another thread may have seen the renewal while this one still worked with what was before.
     */
    private boolean isNewer(Key key, Entry fresh, Entry kept) {
        return !kept.certificate.equals(fresh.certificate)
                && !kept.certificate.equals(available.apply(key.identity));
    }

    /** No workload of this node runs as that identity any longer: its key is not to be kept. */
    public synchronized void forget(Identity identity) {
        closeDue();
        for (Iterator<Map.Entry<Key, Entry>> i = entries.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<Key, Entry> entry = i.next();
            if (entry.getKey().identity.equals(identity)) {
                i.remove();
                retire(entry.getValue().context);
            }
        }
    }

    /** Guarded by this. A busy renewal does not heap up contexts without bound. */
    private void retire(TlsContext context) {
        retired.add(new Retired(context, nanoTime.getAsLong() + GRACE.toNanos()));
        if (retired.size() > MAX_CONTEXTS) {
            retired.remove().context.close();
        }
    }

    /** Guarded by this. */
    private void closeDue() {
        long now = nanoTime.getAsLong();
        while (!retired.isEmpty() && retired.element().closeAtNanos - now <= 0) {
            retired.remove().context.close();
        }
    }

    /** Contexts that are open, those that wait for their end included. */
    synchronized int size() {
        closeDue();
        return entries.size() + retired.size();
    }

    @Override
    public synchronized void close() {
        closed = true;
        entries.values().forEach(entry -> entry.context.close());
        entries.clear();
        retired.forEach(old -> old.context.close());
        retired.clear();
    }
}
