package io.ztunnel.routing;

import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/**
 * What a ztunnel tells of a workload in the {@code baggage} header, for the telemetry of the other
 * end. It is the peer's claim: never an input of authorization. Each field may be "".
 *
 * @param workloadType deployment, cronjob, pod or job
 */
public record Baggage(
        String cluster,
        String namespace,
        String workloadType,
        String workloadName,
        String serviceName,
        String revision,
        String region,
        String zone) {
    public static final Baggage NONE = new Baggage("", "", "", "", "", "", "", "");

    private static final String CLUSTER = "k8s.cluster.name";
    private static final String NAMESPACE = "k8s.namespace.name";
    private static final String SERVICE_NAME = "service.name";
    private static final String REVISION = "service.version";
    private static final String REGION = "cloud.region";
    private static final String ZONE = "cloud.availability_zone";

    public static Baggage of(Workload workload) {
        return new Baggage(
                workload.clusterId(),
                workload.namespace(),
                workload.workloadType(),
                workload.workloadName(),
                workload.canonicalName(),
                workload.canonicalRevision(),
                workload.locality().region(),
                workload.locality().zone());
    }

    /**
     * The header's value; "" when nothing is known. There is no escaping, so a value that would
     * break the header or read as a further entry is left out.
     */
    public String header() {
        StringBuilder text = new StringBuilder(256);
        append(text, CLUSTER, cluster);
        append(text, NAMESPACE, namespace);
        append(text, "k8s." + workloadType + ".name", workloadName);
        append(text, SERVICE_NAME, serviceName);
        append(text, REVISION, revision);
        append(text, REGION, region);
        append(text, ZONE, zone);
        return text.toString();
    }

    private static void append(StringBuilder text, String key, String value) {
        if (value.isEmpty() || value.indexOf(',') >= 0 || !HeaderText.isPlain(value)) {
            return;
        }
        text.append(text.isEmpty() ? "" : ",").append(key).append('=').append(value);
    }

    /**
     * @param lines the values of all baggage header lines in order; a later entry for the same key
     *     wins
     * @return null when a line is not plain ASCII, {@link #NONE} without lines. Unknown and
     *     malformed entries are left out
     */
    public static @Nullable Baggage parse(Iterable<? extends CharSequence> lines) {
        Builder builder = new Builder();
        for (CharSequence line : lines) {
            if (!HeaderText.isPlain(line)) {
                return null;
            }
            builder.addLine(line.toString());
        }
        return builder.build();
    }

    private static final class Builder {
        private String cluster = "";
        private String namespace = "";
        private String workloadType = "";
        private String workloadName = "";
        private String serviceName = "";
        private String revision = "";
        private String region = "";
        private String zone = "";

        void addLine(String line) {
            int from = 0;
            while (from < line.length()) {
                int comma = line.indexOf(',', from);
                int end = comma < 0 ? line.length() : comma;
                addEntry(line, from, end);
                from = end + 1;
            }
        }

        /** The value ends at a second equals sign; keys are compared as they stand. */
        private void addEntry(String line, int from, int end) {
            int equals = line.indexOf('=', from, end);
            if (equals < 0) {
                return;
            }
            int second = line.indexOf('=', equals + 1, end);
            String value = line.substring(equals + 1, second < 0 ? end : second);
            String key = line.substring(from, equals);
            switch (key) {
                case CLUSTER -> cluster = value;
                case NAMESPACE -> namespace = value;
                case "k8s.deployment.name", "k8s.cronjob.name", "k8s.pod.name", "k8s.job.name" -> {
                    workloadType = key.substring("k8s.".length(), key.length() - ".name".length());
                    workloadName = value;
                }
                case SERVICE_NAME -> serviceName = value;
                case REVISION -> revision = value;
                case REGION -> region = value;
                case ZONE -> zone = value;
                default -> {
                    // Others may add entries of their own.
                }
            }
        }

        Baggage build() {
            return new Baggage(
                    cluster,
                    namespace,
                    workloadType,
                    workloadName,
                    serviceName,
                    revision,
                    region,
                    zone);
        }
    }
}
