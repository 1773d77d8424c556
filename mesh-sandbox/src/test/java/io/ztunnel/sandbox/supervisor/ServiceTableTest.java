package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.net.ServiceAddress;

import org.junit.jupiter.api.Test;

import java.util.List;

class ServiceTableTest {
    private static final String PODS =
            pod("a", "10.244.1.1", "True", "http", 8080)
                    + pod("b", "10.244.1.2", "True", "http", 9090)
                    + pod("c", "10.244.1.3", "False", "http", 8080);

    private static String pod(String name, String ip, String ready, String port, int number) {
        return """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: ns, labels: {app: x}}
        spec: {containers: [{name: m, image: i, ports: [{name: %s, containerPort: %d}]}]}
        status:
          podIPs: [{ip: %s}, {ip: "fd00::%s"}]
          conditions: [{type: Ready, status: '%s'}]
        """
                .formatted(name, port, number, ip, name, ready);
    }

    private static List<String> table(String spec, String namespace) {
        String service =
                "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: %s}\nspec: %s\n"
                        .formatted(namespace, spec);
        List<KubeObject> objects = ManifestLoader.parse("test.yaml", PODS + service).objects();
        return ServiceTable.of(objects).stream().map(ServiceTableTest::text).toList();
    }

    private static String text(ServiceAddress service) {
        return Literals.text(service.address())
                + " "
                + service.port()
                + " -> "
                + service.backends().stream()
                        .map(b -> Literals.text(b.address()) + " " + b.port())
                        .toList();
    }

    @Test
    void onlyReadyPodsOfTheAddressesFamilyAnswer() {
        assertThat(
                        table(
                                "{clusterIPs: [10.4.0.1, 'fd00:4::1'], selector: {app: x}, ports:"
                                        + " [{port: 80, targetPort: 8080}]}",
                                "ns"))
                .containsExactly(
                        "10.4.0.1 80 -> [10.244.1.1 8080, 10.244.1.2 8080]",
                        "fd00:4::1 80 -> [fd00::a 8080, fd00::b 8080]");
    }

    @Test
    void aNamedTargetPortIsEachPodsOwn() {
        assertThat(
                        table(
                                "{clusterIPs: [10.4.0.1], selector: {app: x}, ports: [{port: 80,"
                                        + " targetPort: http}]}",
                                "ns"))
                .containsExactly("10.4.0.1 80 -> [10.244.1.1 8080, 10.244.1.2 9090]");
    }

    @Test
    void otherNamespacesAndEmptySelectorsHaveNoMembers() {
        String ports = "ports: [{port: 80}]}";
        assertThat(table("{clusterIPs: [10.4.0.1], selector: {app: x}, " + ports, "other"))
                .containsExactly("10.4.0.1 80 -> []");
        assertThat(table("{clusterIPs: [10.4.0.1], " + ports, "ns"))
                .containsExactly("10.4.0.1 80 -> []");
    }

    @Test
    void headlessServicesHaveNoAddress() {
        assertThat(
                        table(
                                "{clusterIP: None, clusterIPs: [None], selector: {app: x}, ports:"
                                        + " [{port: 80}]}",
                                "ns"))
                .isEmpty();
    }

    @Test
    void unreadyPodsAnswerWhereTheServicePublishesThem() {
        assertThat(
                        table(
                                "{clusterIPs: [10.4.0.1], selector: {app: x},"
                                        + " publishNotReadyAddresses: true, ports: [{port: 80,"
                                        + " targetPort: 1}]}",
                                "ns"))
                .containsExactly("10.4.0.1 80 -> [10.244.1.1 1, 10.244.1.2 1, 10.244.1.3 1]");
    }
}
