package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.Priority;
import io.ztunnel.daemon.identity.WorkloadCertificate;
import io.ztunnel.hbone.HboneException;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.TlsContext;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * TLS contexts by identity, direction and accepted peers, each made once for a generation of the
 * certificate. Safe for use from any thread.
 */
public final class TlsContexts implements AutoCloseable {
    private static final int MAX_CONTEXTS = 4096;

    private final CertificateManager certificates;
    private final HboneTls tls;
    private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);

    /**
     * @param accepted null for the server side
     */
    private record Key(Identity identity, @Nullable List<String> accepted) {}

    private record Entry(WorkloadCertificate certificate, TlsContext context) {}

    public TlsContexts(CertificateManager certificates, HboneTls tls) {
        this.certificates = certificates;
        this.tls = tls;
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
        WorkloadCertificate available = certificates.available(key.identity);
        if (available != null) {
            try {
                return CompletableFuture.completedFuture(cached(key, available));
            } catch (HboneException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        return certificates
                .fetch(key.identity, Priority.REAL_TIME)
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
        synchronized (entries) {
            Entry entry = entries.get(key);
            if (entry != null && entry.certificate.equals(certificate)) {
                return entry.context;
            }
        }
        // Takes about a millisecond, so outside the lock; who loses a race throws its own away.
        TlsContext fresh =
                key.accepted == null
                        ? tls.server(certificate.tls())
                        : tls.client(certificate.tls(), key.accepted);
        synchronized (entries) {
            Entry entry = entries.get(key);
            if (entry != null && entry.certificate.equals(certificate)) {
                fresh.close();
                return entry.context;
            }
            entries.put(key, new Entry(certificate, fresh));
            if (entry != null) {
                entry.context.close();
            }
            evictEldest();
            return fresh;
        }
    }

    private void evictEldest() {
        if (entries.size() > MAX_CONTEXTS) {
            Map.Entry<Key, Entry> eldest = entries.firstEntry();
            eldest.getValue().context.close();
            entries.remove(eldest.getKey());
        }
    }

    @Override
    public void close() {
        synchronized (entries) {
            entries.values().forEach(entry -> entry.context.close());
            entries.clear();
        }
    }
}
