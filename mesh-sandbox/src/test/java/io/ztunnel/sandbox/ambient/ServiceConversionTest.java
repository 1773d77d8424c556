package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.workload.AppProtocol;
import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.LoadBalancing;
import io.ztunnel.api.workload.Service;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceConversionTest {
    private static Service convert(String spec) {
        return convert("{}", "{}", spec);
    }

    private static Service convert(String namespaceAnnotations, String annotations, String spec) {
        AmbientSnapshot snapshot =
                Mesh.of(
                                """
                                apiVersion: v1
                                kind: Namespace
                                metadata: {name: ns, annotations: %s}
                                ---
                                apiVersion: v1
                                kind: Service
                                metadata: {name: svc, namespace: ns, annotations: %s}
                                spec: %s
                                """
                                        .formatted(namespaceAnnotations, annotations, spec))
                        .build();
        assertThat(snapshot.problems()).isEmpty();
        return Mesh.service(snapshot, "ns", "svc");
    }

    @ParameterizedTest(name = "{0} {1}:{2}/{3}")
    @CsvSource({
        // appProtocol, name, port, protocol, expected
        "'', http, 80, TCP, HTTP11",
        "'', http-web, 80, TCP, HTTP11",
        "'', HTTP2, 80, TCP, HTTP2",
        "'', grpc, 80, TCP, GRPC",
        "'', grpc-web, 80, TCP, UNKNOWN",
        "'', grpc-web-x, 80, TCP, UNKNOWN",
        "'', https-webhook, 443, TCP, TLS",
        "'', tls, 443, TCP, TLS",
        "'', tcp-db, 5432, TCP, TCP",
        "'', status-port, 15021, TCP, UNKNOWN",
        "'', mysql, 3306, TCP, UNKNOWN",
        "'', db, 3306, TCP, TCP",
        "'', '', 25, TCP, TCP",
        "'', mail, 26, TCP, UNKNOWN",
        "'', http, 80, UDP, UNKNOWN",
        "'', dns, 53, UDP, UNKNOWN",
        "hbone, mesh, 15008, TCP, UNKNOWN",
        "tcp, status-port, 15021, TCP, TCP",
        "http, tcp, 80, TCP, HTTP11",
        "kubernetes.io/h2c, x, 80, TCP, HTTP2",
        "kubernetes.io/ws, x, 80, TCP, HTTP11",
        "kubernetes.io/wss, x, 80, TCP, TLS"
    })
    void theProtocolOfAPort(
            String appProtocol, String name, int port, String protocol, AppProtocol expected) {
        String app = appProtocol.isEmpty() ? "" : ", appProtocol: " + appProtocol;
        Service service =
                convert(
                        "{ports: [{port: %d, name: '%s', protocol: %s%s}]}"
                                .formatted(port, name, protocol, app));

        assertThat(service.getPorts(0).getAppProtocol()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{trafficDistribution: PreferClose, publishNotReadyAddresses: true} | FAILOVER"
                        + " NETWORK REGION ZONE ALLOW_ALL",
                "{trafficDistribution: PreferSameZone} | FAILOVER NETWORK REGION ZONE ONLY_HEALTHY",
                "{trafficDistribution: PreferSameNode} | FAILOVER NETWORK REGION ZONE SUBZONE NODE"
                        + " ONLY_HEALTHY",
                "{trafficDistribution: preferclose} | none",
                "{publishNotReadyAddresses: true} | UNSPECIFIED_MODE ALLOW_ALL",
                "{internalTrafficPolicy: Local, trafficDistribution: PreferClose} | STRICT NODE"
                        + " ONLY_HEALTHY",
                "{internalTrafficPolicy: Cluster} | none"
            })
    void loadBalancing(String spec, String expected) {
        Service service = convert(spec.replace("{", "{ports: [{port: 80}], "));

        assertThat(shown(service)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PreferSameNode | PreferClose    | FAILOVER NETWORK REGION ZONE ONLY_HEALTHY",
                "PreferSameNode | ''             | FAILOVER NETWORK REGION ZONE SUBZONE NODE"
                        + " ONLY_HEALTHY",
                "PreferSameNode | Any            | none",
                "''             | PREFERSAMENODE | FAILOVER NETWORK REGION ZONE SUBZONE NODE"
                        + " ONLY_HEALTHY"
            })
    void theServicesOwnAnnotationGoesBeforeItsNamespaces(
            String namespace, String own, String expected) {
        String key = "networking.istio.io/traffic-distribution";
        Service service =
                convert(
                        "{" + key + ": '" + namespace + "'}",
                        "{" + key + ": '" + own + "'}",
                        "{ports: [{port: 80}]}");

        assertThat(shown(service)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{clusterIPs: [10.4.0.1], ipFamilies: [IPv4]} | 1 | IPV4_ONLY",
                "{clusterIPs: ['fd00::1'], ipFamilies: [IPv6]} | 1 | IPV6_ONLY",
                "{clusterIPs: [10.4.0.1, 'fd00::1'], ipFamilies: [IPv4, IPv6]} | 2 | DUAL",
                "{clusterIP: 10.4.0.1} | 1 | AUTOMATIC",
                "{clusterIP: None, clusterIPs: [None], ipFamilies: [IPv4]} | 0 | IPV4_ONLY"
            })
    void addressesAreTheClusterIps(String spec, int count, IPFamilies families) {
        Service service = convert(spec.replaceFirst("\\{", "{ports: [{port: 80}], "));

        assertThat(service.getAddressesList()).hasSize(count);
        assertThat(service.getIpFamilies()).isEqualTo(families);
        assertThat(service.getCanonical()).isTrue();
    }

    @Test
    void aNamedTargetPortIsZeroAndUdpPortsAreListedToo() {
        Service service =
                convert(
                        "{ports: [{port: 80, name: a, targetPort: web}, {port: 81, name: b,"
                                + " targetPort: 8081, protocol: UDP}]}");

        assertThat(service.getPortsList())
                .extracting(p -> p.getServicePort() + ":" + p.getTargetPort())
                .containsExactly("80:0", "81:8081");
    }

    @Test
    void anExternalNameIsNobodysService() {
        assertThat(
                        Mesh.of(
                                        """
                                        apiVersion: v1
                                        kind: Service
                                        metadata: {name: svc, namespace: ns}
                                        spec: {type: ExternalName, externalName: example.com}
                                        """)
                                .build()
                                .addresses())
                .isEmpty();
    }

    private static String shown(Service service) {
        if (!service.hasLoadBalancing()) {
            return "none";
        }
        LoadBalancing rules = service.getLoadBalancing();
        StringBuilder text = new StringBuilder(rules.getMode().name());
        rules.getRoutingPreferenceList().forEach(scope -> text.append(' ').append(scope));
        return text.append(' ').append(rules.getHealthPolicy()).toString();
    }
}
