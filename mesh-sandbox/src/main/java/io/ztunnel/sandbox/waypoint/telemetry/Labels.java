package io.ztunnel.sandbox.waypoint.telemetry;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The labels of one series: Istio's, in Istio's order. */
record Labels(List<String> values) {
    private static final List<String> COMMON =
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
                    "destination_workload",
                    "destination_workload_namespace",
                    "destination_principal",
                    "destination_app",
                    "destination_version",
                    "destination_service",
                    "destination_canonical_service",
                    "destination_canonical_revision",
                    "destination_service_name",
                    "destination_service_namespace",
                    "destination_cluster",
                    "request_protocol");
    private static final List<String> HTTP =
            List.of(
                    "response_code",
                    "grpc_response_status",
                    "response_flags",
                    "connection_security_policy");
    private static final List<String> TCP = List.of("response_flags", "connection_security_policy");

    /** What stands for all series beyond the limit. */
    static final Labels OVERFLOW = new Labels(List.of());

    static Labels request(
            Party source,
            Party destination,
            Destination service,
            boolean grpc,
            int status,
            String grpcStatus,
            String flags) {
        return new Labels(
                concat(
                        common(source, destination, service, grpc ? "grpc" : "http"),
                        List.of(Integer.toString(status), grpcStatus, flag(flags), "mutual_tls")));
    }

    static Labels connection(Party source, Party destination, Destination service, String flags) {
        return new Labels(
                concat(
                        common(source, destination, service, "tcp"),
                        List.of(flag(flags), "mutual_tls")));
    }

    private static String flag(String flags) {
        return flags.isEmpty() ? "-" : flags;
    }

    private static List<String> common(
            Party source, Party destination, Destination service, String protocol) {
        return List.of(
                "waypoint",
                source.workload(),
                source.canonicalService(),
                source.canonicalRevision(),
                source.namespace(),
                source.principal(),
                source.canonicalService(),
                source.canonicalRevision(),
                source.cluster(),
                destination.workload(),
                destination.namespace(),
                destination.principal(),
                destination.canonicalService(),
                destination.canonicalRevision(),
                service.host(),
                destination.canonicalService(),
                destination.canonicalRevision(),
                service.name(),
                service.namespace(),
                destination.cluster(),
                protocol);
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }

    /** As Prometheus reads them, without braces. */
    String text() {
        if (values.isEmpty()) {
            return "reporter=\"waypoint\",overflow=\"true\"";
        }
        List<String> names = concat(COMMON, values.size() == COMMON.size() + 2 ? TCP : HTTP);
        return IntStream.range(0, values.size())
                .mapToObj(i -> names.get(i) + "=\"" + escaped(values.get(i)) + '"')
                .collect(Collectors.joining(","));
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
