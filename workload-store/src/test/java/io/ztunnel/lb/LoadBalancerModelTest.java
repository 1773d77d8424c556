package io.ztunnel.lb;

import static io.ztunnel.routing.TestMesh.byAddress;
import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.routing.TestMesh;
import io.ztunnel.routing.TestService;
import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The balancer against the plainest reading of its rules: filter, rank, keep the best. */
class LoadBalancerModelTest {
    /** Each bit of {@code traits} is one thing an endpoint may or may not have. */
    private static TestWorkload endpoint(int index, int traits, int capacity) {
        TestWorkload endpoint =
                has(traits, 0) ? workload("e" + index, "10.0.1." + index) : workload("e" + index);
        endpoint.network(has(traits, 1) ? "n" : "other")
                .cluster(has(traits, 2) ? "c" : "other")
                .node(has(traits, 3) ? "k" : "other")
                .locality(
                        has(traits, 4) ? "r" : "other",
                        has(traits, 5) ? "z" : "other",
                        has(traits, 6) ? "s" : "other")
                .capacity(capacity);
        if (has(traits, 7)) {
            endpoint.gateway(byAddress("other", "10.9.9.9", 15008));
        }
        if (has(traits, 8)) {
            endpoint.hostname("e.example");
        }
        return has(traits, 9) ? endpoint.serves("web", 80, 9090) : endpoint.serves("web");
    }

    private static boolean has(int traits, int bit) {
        return (traits >> bit & 1) == 1;
    }

    @Property(tries = 300)
    @Label("Exactly the endpoints of the best rank with capacity are chosen")
    void choosesWhatTheModelAllows(
            @ForAll @Size(max = 8) List<@IntRange(max = 1023) Integer> traits,
            @ForAll @Size(value = 8) List<@IntRange(max = 3) Integer> capacities,
            @ForAll Mode mode,
            @ForAll @Size(max = 4) @UniqueElements List<Scope> scopes,
            @ForAll boolean namedPort,
            @ForAll long seed) {
        TestService web =
                service("web")
                        .port(80, namedPort ? 0 : 8080)
                        .balancing(mode, scopes.toArray(Scope[]::new));
        TestWorkload client =
                workload("client").network("n").cluster("c").node("k").locality("r", "z", "s");
        TestMesh mesh = new TestMesh().with(web).with(client);
        for (int i = 0; i < traits.size(); i++) {
            mesh.with(endpoint(i, traits.get(i), capacities.get(i)));
        }

        Set<String> expected = model(mesh);
        Set<String> chosen = new TreeSet<>();
        Random random = new Random(seed);
        // The least share is 1 in 22; to miss it 600 times in a row has a chance of 10^-12.
        for (int i = 0; i < 600; i++) {
            Choice choice =
                    LoadBalancer.choose(
                            mesh,
                            mesh.workloadNamed("client"),
                            mesh.serviceNamed("web"),
                            80,
                            Purpose.STANDARD,
                            random,
                            Trace.NONE);
            chosen.add(choice == null ? "none" : choice.workload().name() + ":" + choice.port());
        }
        assertThat(chosen).isEqualTo(expected.isEmpty() ? Set.of("none") : expected);
    }

    private static Set<String> model(TestMesh mesh) {
        Set<String> members = mesh.endpoints(mesh.serviceNamed("web").key()).keySet();
        List<Workload> eligible =
                mesh.workloads().stream()
                        .filter(w -> members.contains(w.uid()) && isEligible(mesh, w))
                        .toList();
        int best = eligible.stream().mapToInt(w -> rank(mesh, w)).max().orElse(-1);
        return eligible.stream()
                .filter(w -> best >= 0 && rank(mesh, w) == best && w.capacity() > 0)
                .map(w -> w.name() + ":" + port(mesh, w))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isEligible(TestMesh mesh, Workload workload) {
        boolean hasAddress = !workload.addresses().isEmpty() || !workload.hostname().isEmpty();
        boolean throughGateway =
                workload.networkGateway() != null
                        && !workload.network().equals(mesh.workloadNamed("client").network());
        return port(mesh, workload) > 0 && (hasAddress || throughGateway);
    }

    private static int port(TestMesh mesh, Workload workload) {
        Endpoint endpoint = mesh.endpoints(mesh.serviceNamed("web").key()).get(workload.uid());
        int own = endpoint == null ? PortMap.UNMAPPED : endpoint.ports().target(80);
        return own > 0 ? own : mesh.serviceNamed("web").ports().target(80);
    }

    private static int rank(TestMesh mesh, Workload workload) {
        LoadBalancing balancing = mesh.serviceNamed("web").loadBalancing();
        if (balancing == null || balancing.mode() == Mode.STANDARD) {
            return 0;
        }
        Workload client = mesh.workloadNamed("client");
        List<Scope> scopes = balancing.preferences();
        boolean networkFirst = !scopes.isEmpty() && scopes.getFirst() == Scope.NETWORK;
        boolean all = scopes.stream().allMatch(s -> shares(s, client, workload));
        if (balancing.mode() == Mode.STRICT && !all) {
            return -1;
        }
        if (networkFirst) {
            List<Scope> rest = scopes.subList(1, scopes.size());
            int matched = leading(rest, client, workload);
            return shares(Scope.NETWORK, client, workload) ? scopes.size() + matched : matched;
        }
        return leading(scopes, client, workload);
    }

    private static int leading(List<Scope> scopes, Workload client, Workload workload) {
        return (int) scopes.stream().takeWhile(s -> shares(s, client, workload)).count();
    }

    private static boolean shares(Scope scope, Workload a, Workload b) {
        return switch (scope) {
            case NETWORK -> a.network().equals(b.network());
            case CLUSTER -> a.clusterId().equals(b.clusterId());
            case NODE -> a.node().equals(b.node());
            case REGION -> a.locality().region().equals(b.locality().region());
            case ZONE -> a.locality().zone().equals(b.locality().zone());
            case SUBZONE -> a.locality().subzone().equals(b.locality().subzone());
        };
    }
}
