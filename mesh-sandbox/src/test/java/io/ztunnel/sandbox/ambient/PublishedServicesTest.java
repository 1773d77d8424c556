package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/** Who gets a host name that several claim. */
class PublishedServicesTest {
    private static final String SERVICE =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: svc, namespace: a, creationTimestamp: '2026-01-01T00:00:00Z'}
            spec: {clusterIP: 10.4.0.1, ports: [{port: 80}]}
            """;

    private static String entry(String namespace, String name, int year, String host) {
        return """
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: %s, namespace: %s, creationTimestamp: '%d-01-01T00:00:00Z'}
        spec: {hosts: [%s], resolution: STATIC, endpoints: [{address: 10.1.1.1}]}
        """
                .formatted(name, namespace, year, host);
    }

    static Stream<Arguments> claims() {
        String fqdn = "svc.a.svc.cluster.local";
        return Stream.of(
                arguments(
                        "the oldest of two namespaces is canonical",
                        entry("b", "young", 2024, "h.x") + entry("a", "old", 2020, "h.x"),
                        List.of("a/h.x old canonical", "b/h.x young"),
                        2),
                arguments(
                        "the oldest of a namespace remains, with its endpoints only",
                        entry("a", "young", 2024, "h.x") + entry("a", "old", 2020, "h.x"),
                        List.of("a/h.x old canonical"),
                        1),
                arguments(
                        "of equals the first by name",
                        entry("a", "z", 2020, "h.x") + entry("a", "b", 2020, "h.x"),
                        List.of("a/h.x b canonical"),
                        1),
                arguments(
                        "a Service goes before an older entry",
                        entry("a", "old", 2020, fqdn) + SERVICE,
                        List.of("a/" + fqdn + " svc canonical"),
                        0),
                arguments(
                        "a Service is canonical whoever camps on its name",
                        entry("b", "old", 2020, fqdn) + SERVICE,
                        List.of("a/" + fqdn + " svc canonical", "b/" + fqdn + " old"),
                        1),
                arguments(
                        "other hosts of a loser stay",
                        entry("a", "young", 2024, "h.x, other.x") + entry("a", "old", 2020, "h.x"),
                        List.of("a/h.x old canonical", "a/other.x young canonical"),
                        2));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("claims")
    void hostNamesThatSeveralClaim(String name, String yaml, List<String> services, int workloads) {
        AmbientSnapshot snapshot = Mesh.of(yaml).build();

        assertThat(snapshot.problems()).isEmpty();
        assertThat(
                        snapshot.addresses().values().stream()
                                .filter(r -> r.message().hasService())
                                .map(
                                        r ->
                                                r.name()
                                                        + " "
                                                        + r.message().getService().getName()
                                                        + (r.message().getService().getCanonical()
                                                                ? " canonical"
                                                                : "")))
                .isEqualTo(services);
        assertThat(snapshot.addresses().values())
                .filteredOn(r -> r.message().hasWorkload())
                .hasSize(workloads)
                .allSatisfy(
                        r -> assertThat(r.message().getWorkload().getServicesCount()).isEqualTo(1));
    }
}
