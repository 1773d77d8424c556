package io.ztunnel.daemon.identity;

import io.ztunnel.daemon.telemetry.GaugeFamily;
import io.ztunnel.daemon.telemetry.Telemetry;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** What the dump and the metrics say of the identities; reads from any thread. */
final class CertificateReport {
    private CertificateReport() {}

    static List<CertificateStatus> of(Collection<CertificateEntry> entries) {
        return entries.stream()
                .map(CertificateReport::status)
                .sorted(Comparator.comparing(CertificateStatus::identity))
                .toList();
    }

    private static CertificateStatus status(CertificateEntry entry) {
        return switch (entry.state) {
            case CertificateEntry.State.Initializing ignored ->
                    new CertificateStatus(entry.identity, "Initializing", List.of(), List.of());
            case CertificateEntry.State.Available known ->
                    new CertificateStatus(
                            entry.identity,
                            "Available",
                            known.certificate().chain(),
                            known.certificate().roots());
            case CertificateEntry.State.Unavailable known ->
                    new CertificateStatus(
                            entry.identity,
                            "Unavailable: " + known.reason().getMessage(),
                            List.of(),
                            List.of());
        };
    }

    /**
     * @param entries a live view
     */
    static void expose(Collection<CertificateEntry> entries, Telemetry telemetry) {
        telemetry.certificates(
                () -> count(entries, CertificateEntry.State.Initializing.class),
                () -> count(entries, CertificateEntry.State.Available.class),
                () -> count(entries, CertificateEntry.State.Unavailable.class),
                () -> earliestExpiry(entries));
    }

    private static long count(
            Collection<CertificateEntry> entries, Class<? extends CertificateEntry.State> state) {
        return entries.stream().filter(entry -> state.isInstance(entry.state)).count();
    }

    private static long earliestExpiry(Collection<CertificateEntry> entries) {
        long earliest = Long.MAX_VALUE;
        for (CertificateEntry entry : entries) {
            WorkloadCertificate certificate = entry.certificate();
            if (certificate != null) {
                earliest = Math.min(earliest, certificate.notAfter().getEpochSecond());
            }
        }
        return earliest == Long.MAX_VALUE ? GaugeFamily.NO_SAMPLE : earliest;
    }
}
