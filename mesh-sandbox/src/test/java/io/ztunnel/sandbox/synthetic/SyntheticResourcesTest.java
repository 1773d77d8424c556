package io.ztunnel.sandbox.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Scope;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.sandbox.ambient.MeshResource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

class SyntheticResourcesTest {
    private static final SyntheticMesh MESH = new SyntheticMesh(1_050, 105, 40, "shop", 5);

    private static List<MeshResource<Address>> addresses(SyntheticMesh mesh) {
        List<MeshResource<Address>> all = new ArrayList<>();
        new SyntheticResources(mesh).addresses(all::add);
        return all;
    }

    private static List<Workload> workloads(SyntheticMesh mesh) {
        return addresses(mesh).stream()
                .filter(resource -> resource.message().hasWorkload())
                .map(resource -> resource.message().getWorkload())
                .toList();
    }

    @Test
    void namesAndAddressesAreUnique() {
        List<MeshResource<Address>> all = addresses(MESH);
        Set<ByteString> ips = new HashSet<>();
        for (MeshResource<Address> resource : all) {
            Workload workload = resource.message().getWorkload();
            ips.addAll(workload.getAddressesList());
            resource.message()
                    .getService()
                    .getAddressesList()
                    .forEach(vip -> ips.add(vip.getAddress()));
        }

        assertThat(all).hasSize(1_155);
        assertThat(all.stream().map(MeshResource::name).distinct()).hasSize(1_155);
        assertThat(ips).hasSize(1_155);
    }

    @Test
    void aWorkloadIsNamedByItsUidAndAServiceByItsHostname() {
        for (MeshResource<Address> resource : addresses(MESH)) {
            Address address = resource.message();
            Service service = address.getService();
            assertThat(resource.name())
                    .isEqualTo(
                            address.hasWorkload()
                                    ? address.getWorkload().getUid()
                                    : service.getNamespace() + "/" + service.getHostname());
        }
    }

    @Test
    void noAddressLiesWhereTheSandboxHasItsOwn() {
        SyntheticMesh largest = new SyntheticMesh(500_000, 100_000, 0, "", 0);
        for (int index : new int[] {0, 1, 255, 65_536, 499_999}) {
            for (int generation = 0; generation < 7; generation++) {
                ByteString ip =
                        SyntheticWorkloads.workload(largest, index, generation).getAddresses(0);
                assertThat((int) ip.byteAt(0)).isEqualTo(10);
                assertThat(ip.byteAt(1) & 0xff).isBetween(128, 191);
            }
        }
        for (int index : new int[] {0, 1, 255, 65_536, 99_999}) {
            ByteString vip = SyntheticServices.service(largest, index).getAddresses(0).getAddress();
            assertThat((int) vip.byteAt(0)).isEqualTo(10);
            assertThat(vip.byteAt(1) & 0xff).isBetween(192, 207);
        }
    }

    @Test
    void aHundredWorkloadsShareANamespaceAndANode() {
        List<Workload> workloads = workloads(MESH);
        Map<String, Long> byNamespace =
                workloads.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Workload::getNamespace, Collectors.counting()));
        Map<String, Long> byNode =
                workloads.stream()
                        .collect(Collectors.groupingBy(Workload::getNode, Collectors.counting()));

        assertThat(byNamespace).hasSize(11).containsEntry("synthetic-3", 100L);
        assertThat(byNode)
                .hasSize(11)
                .allSatisfy((_, count) -> assertThat(count).isBetween(95L, 100L));
        assertThat(byNode.keySet()).allMatch(node -> node.startsWith("synthetic-node-"));
    }

    @ParameterizedTest
    @CsvSource({"1050, 105", "1050, 7", "30, 400", "10000, 1000"})
    void everyWorkloadIsAnEndpointOfAServiceThatExists(int count, int services) {
        SyntheticMesh mesh = new SyntheticMesh(count, services, 0, "", 0);
        Set<String> known = new HashSet<>();
        Map<String, Integer> endpoints = new HashMap<>();
        for (MeshResource<Address> resource : addresses(mesh)) {
            if (resource.message().hasService()) {
                known.add(resource.name());
            }
        }
        for (Workload workload : workloads(mesh)) {
            assertThat(workload.getServicesMap()).hasSize(1);
            assertThat(workload.getTunnelProtocol()).isEqualTo(TunnelProtocol.HBONE);
            workload.getServicesMap()
                    .keySet()
                    .forEach(key -> endpoints.merge(key, 1, Integer::sum));
        }

        assertThat(known).containsAll(endpoints.keySet());
        if (count > services) {
            assertThat(endpoints).hasSize(services);
        }
    }

    @Test
    void eachUpdateChangesOneWorkloadAndAllHaveTheirTurn() {
        SyntheticResources resources = new SyntheticResources(MESH);
        Map<String, String> versions = new HashMap<>();
        addresses(MESH).forEach(resource -> versions.put(resource.name(), resource.version()));
        long number = 0;
        for (int round = 0; round < 7; round++) {
            Set<String> touched = new HashSet<>();
            for (int i = 0; i < MESH.workloads(); i++) {
                MeshResource<Address> update = resources.update(number++);
                assertThat(versions.put(update.name(), update.version()))
                        .isNotNull()
                        .isNotEqualTo(update.version());
                touched.add(update.name());
            }
            assertThat(touched).hasSize(MESH.workloads());
        }
    }

    @Test
    void aWorkloadTurnsUnhealthyGetsANewRevisionAndMoves() {
        Workload first = SyntheticWorkloads.workload(MESH, 7, 0);
        Workload second = SyntheticWorkloads.workload(MESH, 7, 1);
        Workload third = SyntheticWorkloads.workload(MESH, 7, 2);
        Workload fourth = SyntheticWorkloads.workload(MESH, 7, 3);

        assertThat(second.getStatus()).isEqualTo(WorkloadStatus.UNHEALTHY);
        assertThat(third.getStatus()).isEqualTo(WorkloadStatus.HEALTHY);
        assertThat(third.getCanonicalRevision()).isNotEqualTo(first.getCanonicalRevision());
        assertThat(fourth.getAddressesList()).isNotEqualTo(first.getAddressesList());
    }

    @Test
    void onePolicyAllowsEverybodyAndMostOthersDeny() {
        List<Authorization> policies = new ArrayList<>();
        new SyntheticResources(MESH)
                .authorizations(
                        resource -> {
                            assertThat(resource.name()).startsWith("shop/synthetic-");
                            policies.add(resource.message());
                        });

        assertThat(policies)
                .hasSize(40)
                .allMatch(policy -> policy.getScope() == Scope.NAMESPACE)
                .allMatch(policy -> policy.getNamespace().equals("shop"));
        assertThat(policies.getFirst().getAction()).isEqualTo(Action.ALLOW);
        assertThat(policies.getFirst().getRules(0).getClauses(0).getMatches(0).getNotNamespaces(0))
                .satisfies(match -> assertThat(match.getExact()).isEqualTo("synthetic-nobody"));
        assertThat(policies.stream().filter(policy -> policy.getAction() == Action.DENY))
                .hasSize(36)
                .allSatisfy(
                        policy ->
                                assertThat(policy.toString())
                                        .containsAnyOf("synthetic-", "source_ips"));
    }
}
