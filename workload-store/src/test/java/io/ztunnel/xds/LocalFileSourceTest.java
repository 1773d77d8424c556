package io.ztunnel.xds;

import static io.ztunnel.store.MeshFixture.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;

class LocalFileSourceTest {
    private static final String MESH =
            """
            workloads:
            - uid: demo//Pod/shop/cart-0
              name: cart-0
              namespace: shop
              serviceAccount: cart
              trustDomain: cluster.local
              node: n1
              protocol: HBONE
              networkMode: Standard
              workloadIps: ["10.9.0.4", "fd00::4"]
              authorizationPolicies: ["shop/only-web"]
              canonicalRevision: 1
              nativeTunnel: true
              status: Unhealthy
              capacity: 3
              locality: {region: r, zone: z, subzone: ""}
              applicationTunnel: {protocol: PROXY, port: 1080}
              waypoint: {destination: shop/wp.shop, hboneMtlsPort: 15008}
              networkGateway: {destination: other/192.0.2.1, hboneMtlsPort: 15009}
              services:
                shop/cart.shop.svc.cluster.local: {80: 8080}
            - namespace: shop
              workloadIps: []
              services: {}
            services:
            - name: cart
              namespace: shop
              hostname: cart.shop.svc.cluster.local
              vips: ["/10.96.0.7"]
              cidrVips: [{network: net, cidr: 10.97.0.0/16}]
              ports: {80: 0}
              canonical: true
              visibility: Namespace
              ipFamilies: Dual
              subjectAltNames: ["spiffe://td/ns/a/sa/b"]
              weightedWaypoints:
              - {destination: {destination: shop/wp2.shop, hboneMtlsPort: 15008}, weight: 20}
              endpoints:
                extra: {workloadUid: extra, port: {80: 81}, status: Healthy}
              loadBalancer: {mode: Failover, routingPreferences: [Network, Zone], healthPolicy: OnlyHealthy}
            policies:
            - name: only-web
              namespace: shop
              scope: WorkloadSelector
              action: Allow
              dryRun: false
              rules:
              - - - principals: [!Exact cluster.local/ns/shop/sa/web, {Prefix: a}, !Suffix b, !Presence []]
                    someday: ignored
                  - serviceAccounts: [{namespace: ops, serviceAccount: admin}]
                - - destinationPorts: [8080]
                    notSourceIps: [10.0.0.0/8, 192.0.2.1]
            """;

    @TempDir private Path dir;

    private static LocalMesh read(String yaml) throws LocalConfigException {
        return LocalFileSource.inline(yaml).read();
    }

    @Test
    void readsEveryKey() throws Exception {
        LocalMesh mesh = read(MESH);
        Workload cart = mesh.workloads().getFirst();
        assertThat(cart.identity()).hasToString("spiffe://cluster.local/ns/shop/sa/cart");
        assertThat(cart.addresses())
                .containsExactly(IpAddress.parse("10.9.0.4"), IpAddress.parse("fd00::4"));
        assertThat(cart.protocol()).isEqualTo(Workload.Protocol.HBONE);
        assertThat(cart.canonicalRevision()).isEqualTo("1");
        assertThat(cart.nativeTunnel()).isTrue();
        assertThat(cart.status()).isEqualTo(Workload.Health.UNHEALTHY);
        assertThat(cart.capacity()).isEqualTo(3);
        assertThat(cart.locality()).isEqualTo(new Workload.Locality("r", "z", ""));
        assertThat(cart.applicationTunnel())
                .isEqualTo(
                        new Workload.ApplicationTunnel(
                                Workload.ApplicationTunnel.TunnelProtocol.PROXY, 1080));
        assertThat(cart.waypoint())
                .hasToString("GatewayAddress[destination=shop/wp.shop, hbonePort=15008]");
        assertThat(cart.networkGateway())
                .hasToString("GatewayAddress[destination=other/192.0.2.1, hbonePort=15009]");
        assertThat(cart.authorizationPolicies()).containsExactly("shop/only-web");
        assertThat(cart.services()).hasToString("{shop/cart.shop.svc.cluster.local={80=8080}}");
        Workload bare = mesh.workloads().getLast();
        assertThat(bare.trustDomain()).isEmpty();
        assertThat(bare.serviceAccount()).isEmpty();
        assertThat(bare.clusterId()).isEmpty();
        assertThat(bare.capacity()).isEqualTo(1);

        Service service = mesh.services().getFirst();
        assertThat(service.vips()).singleElement().hasToString("/10.96.0.7");
        assertThat(service.cidrVips()).singleElement().asString().contains("10.97.0.0/16", "net");
        assertThat(service.canonical()).isTrue();
        assertThat(service.visibility()).isEqualTo(Service.Visibility.NAMESPACE);
        assertThat(service.ipFamilies()).isEqualTo(Service.IpFamilies.DUAL);
        assertThat(service.subjectAltNames()).containsExactly("spiffe://td/ns/a/sa/b");
        assertThat(service.weightedWaypoints()).singleElement().matches(w -> w.weight() == 20);
        assertThat(service.loadBalancing())
                .isNotNull()
                .extracting(Service.LoadBalancing::mode)
                .isEqualTo(Service.LoadBalancing.Mode.FAILOVER);

        var clauses = mesh.policies().getFirst().rules().getFirst().clauses();
        assertThat(clauses).hasSize(2);
        assertThat(clauses.getFirst().matches().getFirst().principals())
                .containsExactly(
                        new StringMatch.Exact("cluster.local/ns/shop/sa/web"),
                        new StringMatch.Prefix("a"),
                        new StringMatch.Suffix("b"),
                        new StringMatch.Presence());
        assertThat(clauses.getLast().matches().getFirst().notSourceIps())
                .extracting(Object::toString)
                .containsExactly("10.0.0.0/8", "192.0.2.1/32");
    }

    @Test
    void isOneBatchForTheStore() throws Exception {
        MeshStore store = new MeshStore("n1");
        store.apply(read(MESH.replace("Unhealthy", "Healthy")).toUpdate());
        assertThat(store.view().endpoints(host("shop/cart.shop.svc.cluster.local")))
                .containsOnlyKeys("demo//Pod/shop/cart-0", "extra");
        assertThat(store.view().policies()).containsOnlyKeys("shop/only-web");
        assertThat(store.view().stagedEndpoints()).isEmpty();
    }

    @Test
    void anEmptyOneIsAnEmptyMesh() throws Exception {
        assertThat(read("")).isEqualTo(LocalMesh.EMPTY);
        assertThat(read("workloads:\n")).isEqualTo(LocalMesh.EMPTY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol: HBONE|protocol: UDP|:8: workloads[0].protocol: \"UDP\" is not one of",
                "node: n1|nodes: n1|:7: workloads[0].nodes: unknown key",
                "node: n1|namespace: n1|:7: workloads[0].namespace: the key is there twice",
                "\"10.9.0.4\"|\"10.9.0.400\"|workloads[0].workloadIps[0]: not an IP address",
                "capacity: 3|capacity: -3|workloads[0].capacity: -3 is not in 0-",
                "nativeTunnel: true|nativeTunnel: yes|workloads[0].nativeTunnel: \"yes\" is not one"
                        + " of",
                "{80: 8080}|{80: 70000}|70000 is not in 0-65535",
                "{80: 8080}|{http: 80}|\"http\" is not a number",
                "shop/wp.shop,|wp.shop,|is not namespace/hostname",
                "hostname: cart.shop|host: cart.shop|services[0].host: unknown key",
                "\"/10.96.0.7\"|10.96.0.7|services[0].vips[0]: \"10.96.0.7\" is not network/ip",
                "cidr: 10.97.0.0/16|cidr: 10.97.0.0/99|services[0].cidrVips[0].cidr: prefix length",
                "mode: Failover, |''|services[0].loadBalancer: the key mode is missing",
                "dryRun: false|''|policies[0]: the key dryRun is missing",
                "!Exact|!Regex|Regex is not one of Exact",
                "[8080]|8080|policies[0].rules[0][1][0].destinationPorts: expected a list",
                "policies:|policy:|policy: unknown key, expected one of policies",
                "workloads:|workloads: [|is not YAML",
            })
    void saysWhatIsWrongAndWhere(String text, String replacement, String message) {
        String yaml = MESH.replace(text, replacement);
        assertThat(yaml).isNotEqualTo(MESH);
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(LocalConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aliasesThatMultiplyAndDeepNestsAreRefused() {
        StringBuilder bomb = new StringBuilder("workloads: &a0 [x]\nservices:\n");
        for (int i = 1; i < 2000; i++) {
            bomb.append("- *a0\n");
        }
        assertThatThrownBy(() -> read(bomb.toString())).hasMessageContaining("aliases");
        assertThatThrownBy(() -> read("[".repeat(100_000))).hasMessageContaining("levels");
    }

    @Test
    void comesFromAFileAndNamesIt() throws Exception {
        Path file = dir.resolve("mesh.yaml");
        LocalFileSource source = LocalFileSource.file(file);
        assertThatThrownBy(source::read).hasMessageContaining(file.toString());
        Files.writeString(file, MESH);
        assertThat(source.read().services()).hasSize(1);
        Files.writeString(file, "workloads: 7");
        assertThatThrownBy(source::read)
                .hasMessageContaining(file + ":1: workloads: expected a list");
    }
}
