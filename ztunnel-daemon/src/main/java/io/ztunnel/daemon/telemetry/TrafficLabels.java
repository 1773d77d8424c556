package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.Identity;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/**
 * The label values of one connection, in Istio's order; what is missing or empty is {@code
 * unknown}. The response flags are filled in per sample. A key of the series cache: immutable, with
 * a hash that is computed once.
 */
final class TrafficLabels {
    static final List<String> NAMES =
            List.of(
                    "reporter",
                    "source_workload",
                    "source_canonical_service",
                    "source_canonical_revision",
                    "source_workload_namespace",
                    "source_principal",
                    "source_app",
                    "source_version",
                    "source_cluster",
                    "destination_service",
                    "destination_service_namespace",
                    "destination_service_name",
                    "destination_workload",
                    "destination_canonical_service",
                    "destination_canonical_revision",
                    "destination_workload_namespace",
                    "destination_principal",
                    "destination_app",
                    "destination_version",
                    "destination_cluster",
                    "request_protocol",
                    "response_flags",
                    "connection_security_policy",
                    "source_region",
                    "source_zone",
                    "destination_region",
                    "destination_zone");

    private static final int SOURCE = 1;
    private static final int SERVICE = 9;
    private static final int DESTINATION = 12;
    private static final int PROTOCOL = 20;
    private static final int FLAGS = 21;
    private static final int SECURITY = 22;
    private static final int SOURCE_LOCALITY = 23;
    private static final int DESTINATION_LOCALITY = 25;

    private static final int NAMESPACE = 3;
    private static final int PRINCIPAL = 4;
    private static final int CLUSTER = 7;

    /** What they say of a source alone. */
    static final List<String> SOURCE_NAMES = NAMES.subList(SOURCE, SERVICE);

    /** Without the localities when neither end is known. */
    private final String[] values;

    private final int hash;

    private TrafficLabels(String[] values) {
        this.values = values;
        this.hash = Arrays.hashCode(values);
    }

    static TrafficLabels of(
            Reporter reporter,
            Peer source,
            Peer destination,
            @Nullable Service service,
            boolean mutualTls) {
        boolean localities = source.isKnown() || destination.isKnown();
        String[] values = new String[localities ? NAMES.size() : SOURCE_LOCALITY];
        Arrays.fill(values, SeriesMap.UNKNOWN);
        values[0] = reporter.label();
        source.fill(values, SOURCE);
        destination.fill(values, DESTINATION);
        if (service != null) {
            set(values, SERVICE, service.hostname());
            set(values, SERVICE + 1, service.namespace());
            set(values, SERVICE + 2, service.name());
        }
        values[PROTOCOL] = "tcp";
        values[FLAGS] = ResponseFlags.NONE.label();
        values[SECURITY] = mutualTls ? "mutual_tls" : SeriesMap.UNKNOWN;
        if (localities) {
            source.fillLocality(values, SOURCE_LOCALITY);
            destination.fillLocality(values, DESTINATION_LOCALITY);
        }
        return new TrafficLabels(values);
    }

    /** Values of {@link #SOURCE_NAMES}. */
    static List<String> ofSource(Workload source) {
        String[] values = new String[SERVICE];
        Arrays.fill(values, SeriesMap.UNKNOWN);
        new Peer(source, null, source.identity()).fill(values, SOURCE);
        return List.of(values).subList(SOURCE, SERVICE);
    }

    /** What stands in for series that are too many: only the reporter and the security policy. */
    TrafficLabels folded() {
        String[] folded = new String[SOURCE_LOCALITY];
        Arrays.fill(folded, SeriesMap.UNKNOWN);
        folded[0] = values[0];
        folded[PROTOCOL] = values[PROTOCOL];
        folded[FLAGS] = values[FLAGS];
        folded[SECURITY] = values[SECURITY];
        return new TrafficLabels(folded);
    }

    /**
     * One end of a connection.
     *
     * @param derived used only where there is no workload
     */
    record Peer(
            @Nullable Workload workload,
            @Nullable DerivedWorkload derived,
            @Nullable Identity identity) {

        boolean isKnown() {
            return workload != null || derived != null;
        }

        private void fill(String[] values, int at) {
            Workload known = workload;
            DerivedWorkload said = derived;
            if (known != null) {
                fill(
                        values,
                        at,
                        known.workloadName(),
                        known.canonicalName(),
                        known.canonicalRevision(),
                        known.namespace(),
                        known.canonicalName(),
                        known.clusterId());
            } else if (said != null) {
                fill(
                        values,
                        at,
                        said.workloadName(),
                        said.canonicalName(),
                        said.canonicalRevision(),
                        said.namespace(),
                        said.workloadName(),
                        said.cluster());
            }
            if (identity != null) {
                values[at + PRINCIPAL] = identity.toString();
            }
        }

        private static void fill(
                String[] values,
                int at,
                @Nullable String workload,
                @Nullable String canonicalName,
                @Nullable String revision,
                @Nullable String namespace,
                @Nullable String app,
                @Nullable String cluster) {
            set(values, at, workload);
            set(values, at + 1, canonicalName);
            set(values, at + 2, revision);
            set(values, at + NAMESPACE, namespace);
            set(values, at + 5, app);
            set(values, at + 6, revision);
            set(values, at + CLUSTER, cluster);
        }

        private void fillLocality(String[] values, int at) {
            if (workload != null) {
                set(values, at, workload.locality().region());
                set(values, at + 1, workload.locality().zone());
            } else if (derived != null) {
                set(values, at, derived.region());
                set(values, at + 1, derived.zone());
            }
        }
    }

    private static void set(String[] values, int at, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            values[at] = value;
        }
    }

    List<String> names() {
        return NAMES.subList(0, values.length);
    }

    List<String> values(ResponseFlags flags) {
        String[] copy = values.clone();
        copy[FLAGS] = flags.label();
        return Arrays.asList(copy);
    }

    /** A label's value for the log: null when unknown. */
    private @Nullable String known(int at) {
        return values[at].equals(SeriesMap.UNKNOWN) ? null : values[at];
    }

    @Nullable String sourceService() {
        return known(SOURCE + 1);
    }

    @Nullable String sourceNamespace() {
        return known(SOURCE + NAMESPACE);
    }

    @Nullable String sourcePrincipal() {
        return known(SOURCE + PRINCIPAL);
    }

    @Nullable String sourceCluster() {
        return known(SOURCE + CLUSTER);
    }

    @Nullable String destinationService() {
        return known(SERVICE);
    }

    @Nullable String destinationNamespace() {
        return known(DESTINATION + NAMESPACE);
    }

    @Nullable String destinationPrincipal() {
        return known(DESTINATION + PRINCIPAL);
    }

    @Nullable String destinationCluster() {
        return known(DESTINATION + CLUSTER);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TrafficLabels labels
                && hash == labels.hash
                && Arrays.equals(values, labels.values);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
