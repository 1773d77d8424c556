package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.host;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Random batches against a model that holds plain lists, in order of arrival, and looks everything
 * up by scanning them.
 */
class MeshStoreModelTest {
    private static final List<String> UIDS = List.of("c//Pod/ns/a", "c//Pod/ns/b", "we/1", "we/2");
    private static final List<String> SERVICES = List.of("ns1/h", "ns2/h", "ns1/g", "ns3/g");
    private static final List<String> IPS = List.of("10.0.0.1", "10.0.0.2", "fd00::1");
    private static final List<String> BLOCKS = List.of("10.0.0.0/30", "10.0.0.0/8", "fd00::/64");
    private static final List<String> NAMESPACES = List.of("ns1", "ns2", "ns9");

    @Provide
    Arbitrary<List<MeshUpdate>> batches() {
        Arbitrary<MeshUpdate.Change> change =
                Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(4, workloads()),
                        net.jqwik.api.Tuple.of(3, services()),
                        net.jqwik.api.Tuple.of(3, removals()));
        return change.list().ofMinSize(1).ofMaxSize(6).map(MeshUpdate::new).list().ofMaxSize(12);
    }

    private static Arbitrary<MeshUpdate.Change> workloads() {
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.of(UIDS),
                        Arbitraries.of(IPS).set().ofMaxSize(2),
                        Arbitraries.of(SERVICES).set().ofMaxSize(3),
                        Arbitraries.integers().between(0, 31))
                .as(
                        (uid, ips, services, flags) -> {
                            MeshFixture.WorkloadBuilder built = MeshFixture.workload(uid);
                            built.ip(ips.toArray(String[]::new));
                            services.forEach(built::in);
                            if ((flags & 1) != 0) {
                                built.hbone();
                            }
                            if ((flags & 2) != 0) {
                                built.unhealthy();
                            }
                            if ((flags & 12) == 12) {
                                built.hostNetwork();
                            }
                            if ((flags & 16) != 0) {
                                built.node("elsewhere");
                            }
                            return new MeshUpdate.PutWorkload(built.build());
                        });
    }

    private static Arbitrary<MeshUpdate.Change> services() {
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.of(SERVICES),
                        Arbitraries.of(IPS).set().ofMaxSize(2),
                        Arbitraries.of(BLOCKS).set().ofMaxSize(2),
                        Arbitraries.integers().between(0, 7))
                .as(
                        (key, ips, blocks, flags) -> {
                            MeshFixture.ServiceBuilder built = MeshFixture.service(key);
                            ips.forEach(ip -> built.vip("/" + ip));
                            blocks.forEach(block -> built.cidr("", block));
                            if ((flags & 1) != 0) {
                                built.canonical();
                            }
                            if ((flags & 2) != 0) {
                                built.allowUnhealthy();
                            }
                            if ((flags & 4) != 0) {
                                built.ownNamespaceOnly();
                            }
                            return new MeshUpdate.PutService(built.build());
                        });
    }

    private static Arbitrary<MeshUpdate.Change> removals() {
        List<String> names = new ArrayList<>(UIDS);
        names.addAll(SERVICES);
        return Arbitraries.of(names).map(MeshUpdate.RemoveAddress::new);
    }

    @Property(tries = 500)
    void agreesWithScanningLists(@ForAll("batches") List<MeshUpdate> batches) {
        MeshStore store = new MeshStore("n1");
        Model model = new Model();
        for (MeshUpdate batch : batches) {
            store.apply(batch);
            batch.changes().forEach(model::apply);
            model.assertSameAs(store.view());
        }
    }

    private static final class Model {
        /** The latest arrival last. */
        private final LinkedHashMap<String, Workload> workloads = new LinkedHashMap<>();

        /** A new version keeps its place. */
        private final LinkedHashMap<NamespacedHostname, Service> services = new LinkedHashMap<>();

        /** Per address or block, as a VIP that comes back comes last. */
        private final Map<Object, List<NamespacedHostname>> arrivals = new HashMap<>();

        void apply(MeshUpdate.Change change) {
            switch (change) {
                case MeshUpdate.PutWorkload put -> {
                    workloads.remove(put.workload().uid());
                    workloads.put(put.workload().uid(), put.workload());
                }
                case MeshUpdate.PutService put -> {
                    services.put(put.service().key(), put.service());
                    arrive(put.service().key(), places(put.service()));
                }
                case MeshUpdate.RemoveAddress remove -> {
                    if (workloads.remove(remove.name()) == null
                            && remove.name().indexOf('/') == remove.name().lastIndexOf('/')) {
                        services.remove(host(remove.name()));
                        arrive(host(remove.name()), List.of());
                    }
                }
                case MeshUpdate.PutEndpoint _, MeshUpdate.PutPolicy _, MeshUpdate.RemovePolicy _ ->
                        throw new AssertionError("not generated");
            }
        }

        private static List<Object> places(Service service) {
            List<Object> places = new ArrayList<>(service.vips());
            places.addAll(service.cidrVips());
            return places;
        }

        private void arrive(NamespacedHostname key, List<Object> places) {
            arrivals.forEach(
                    (place, keys) -> {
                        if (!places.contains(place)) {
                            keys.remove(key);
                        }
                    });
            for (Object place : places) {
                List<NamespacedHostname> keys =
                        arrivals.computeIfAbsent(place, _ -> new ArrayList<>());
                if (!keys.contains(key)) {
                    keys.add(key);
                }
            }
        }

        private List<Service> at(Object place) {
            return arrivals.getOrDefault(place, List.of()).stream().map(services::get).toList();
        }

        void assertSameAs(MeshView view) {
            assertThat(view.workloads()).containsExactlyInAnyOrderElementsOf(workloads.values());
            assertThat(view.services()).containsExactlyInAnyOrderElementsOf(services.values());
            for (String text : IPS) {
                IpAddress ip = IpAddress.parse(text);
                assertThat(view.workloadByAddress("", ip)).isEqualTo(winner(ip));
                for (String namespace : NAMESPACES) {
                    assertThat(view.serviceByVip("", ip, namespace))
                            .describedAs("%s for %s", text, namespace)
                            .isEqualTo(byVip(ip, namespace));
                }
            }
            for (String key : SERVICES) {
                assertThat(view.endpoints(host(key)).keySet())
                        .isEqualTo(
                                members(key)
                                        .filter(w -> admits(services.get(host(key)), w))
                                        .map(Workload::uid)
                                        .collect(Collectors.toSet()));
            }
            assertThat(view.stagedEndpoints().keySet())
                    .isEqualTo(
                            SERVICES.stream()
                                    .filter(key -> !services.containsKey(host(key)))
                                    .filter(key -> members(key).findAny().isPresent())
                                    .map(MeshFixture::host)
                                    .collect(Collectors.toSet()));
        }

        private java.util.stream.Stream<Workload> members(String service) {
            return workloads.values().stream().filter(w -> w.services().containsKey(host(service)));
        }

        private static boolean admits(
                @org.jspecify.annotations.Nullable Service service, Workload workload) {
            return service != null
                    && (workload.status() == Workload.Health.HEALTHY
                            || service.loadBalancing() != null);
        }

        private @org.jspecify.annotations.Nullable Workload winner(IpAddress ip) {
            Workload best = null;
            for (Workload w : workloads.values()) {
                if (w.networkMode() == Workload.NetworkMode.STANDARD
                        && w.hasAddress(ip)
                        && (best == null || rank(w) >= rank(best))) {
                    best = w;
                }
            }
            return best;
        }

        private static int rank(Workload workload) {
            boolean pod = workload.uid().contains("//Pod/");
            boolean hbone = workload.protocol() == Workload.Protocol.HBONE;
            return pod ? (hbone ? 3 : 2) : (hbone ? 1 : 0);
        }

        private @org.jspecify.annotations.Nullable Service byVip(IpAddress ip, String namespace) {
            Service exact = ServiceSelection.best(at(new NetworkAddress("", ip)), namespace, null);
            if (exact != null) {
                return exact;
            }
            Service best = null;
            int bestRank = -1;
            for (String block : BLOCKS) {
                Cidr cidr = Cidr.parse(block);
                for (Service service : at(new Service.NetworkCidr("", cidr))) {
                    int rank =
                            (service.namespace().equals(namespace) ? 10_000 : 0)
                                    + cidr.prefixLength() * 2
                                    + (service.canonical() ? 1 : 0);
                    if (cidr.contains(ip) && service.isVisibleTo(namespace) && rank > bestRank) {
                        best = service;
                        bestRank = rank;
                    }
                }
            }
            return best;
        }
    }
}
