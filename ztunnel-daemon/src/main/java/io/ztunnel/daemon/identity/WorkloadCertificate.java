package io.ztunnel.daemon.identity;

import io.ztunnel.hbone.TlsIdentity;
import io.ztunnel.store.Identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A workload's key and certificates, as the CA issued them. Immutable; each renewal makes a new
 * one, so a TLS context may be kept for as long as the object is the current one.
 *
 * @param chain leaf first, then intermediates
 * @param notBefore of the leaf
 * @param notAfter of the leaf
 */
public record WorkloadCertificate(
        Identity identity,
        TlsIdentity tls,
        List<CertificateDetails> chain,
        List<CertificateDetails> roots,
        Instant notBefore,
        Instant notAfter) {

    /** Half of the lifetime; the end itself when the dates are the wrong way around. */
    public Instant refreshAt() {
        if (notAfter.isBefore(notBefore)) {
            return notAfter;
        }
        return notBefore.plus(Duration.between(notBefore, notAfter).dividedBy(2));
    }

    public boolean isExpired(Instant now) {
        return now.isAfter(notAfter);
    }

    @Override
    public String toString() {
        return "WorkloadCertificate[" + identity + " until " + notAfter + "]";
    }
}
