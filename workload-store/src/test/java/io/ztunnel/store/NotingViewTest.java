package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.host;
import static io.ztunnel.store.MeshFixture.ip;
import static io.ztunnel.store.MeshFixture.pod;
import static io.ztunnel.store.MeshFixture.service;
import static io.ztunnel.store.MeshFixture.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Which lookups ask for a name, and which are answered by what is known. */
class NotingViewTest {
    private static MeshStore mesh() {
        MeshStore store = new MeshStore("n1");
        store.apply(
                MeshUpdate.builder()
                        .workload(pod("p").ip("10.0.0.1").build())
                        .workload(workload("vm").hostname("vm.test").build())
                        .workload(pod("node").ip("10.0.0.9").hostNetwork().build())
                        .service(service("ns1/s.test").vip("/10.1.0.1").build())
                        .service(
                                service("ns2/own.test").vip("/10.1.0.2").ownNamespaceOnly().build())
                        .service(service("ns1/wide.test").cidr("", "10.2.0.0/16").build())
                        .build());
        return store;
    }

    private static Arguments row(String what, Function<MeshView, Object> lookup, String... missed) {
        return Arguments.of(what, lookup, List.of(missed));
    }

    static Stream<Arguments> lookups() {
        return Stream.of(
                row("known address", v -> v.workloadByAddress("", ip("10.0.0.1"))),
                row("address of a pod as a VIP", v -> v.serviceByVip("", ip("10.0.0.1"), null)),
                row("VIP as an address", v -> v.workloadByAddress("", ip("10.1.0.1"))),
                row("known VIP", v -> v.serviceByVip("", ip("10.1.0.1"), "ns1")),
                row("VIP of a block", v -> v.serviceByVip("", ip("10.2.3.4"), "ns1")),
                row("invisible VIP", v -> v.serviceByVip("", ip("10.1.0.2"), "ns1")),
                row("unknown", v -> v.workloadByAddress("", ip("10.9.9.9")), "/10.9.9.9"),
                row("unknown VIP", v -> v.serviceByVip("", ip("fd00::1"), "ns1"), "/fd00::1"),
                row(
                        "other network",
                        v -> v.workloadByAddress("net2", ip("10.0.0.1")),
                        "net2/10.0.0.1"),
                row("a node's", v -> v.workloadByAddress("", ip("10.0.0.9")), "/10.0.0.9"),
                row("known service", v -> v.service(host("ns1/s.test"))),
                row("workload as a service", v -> v.service(host("ns1/vm.test"))),
                row("service as a workload", v -> v.workloadByHostname(host("ns1/s.test"))),
                row("no service", v -> v.service(host("ns1/x.test")), "ns1/x.test"),
                row("no workload", v -> v.workloadByHostname(host("ns1/x")), "ns1/x"),
                row("host name", v -> v.serviceByHostname("s.test", "ns1")),
                row("invisible host name", v -> v.serviceByHostname("own.test", "ns1")),
                row("no host name", v -> v.serviceByHostname("x.test", "ns1"), "ns1/x.test"),
                row("nobody's host name", v -> v.serviceByHostname("x.test", null)),
                row(
                        "a name of Kubernetes",
                        v -> v.serviceByHostname("a.ns3.svc.cluster.local", "ns1"),
                        "ns1/a.ns3.svc.cluster.local",
                        "ns3/a.ns3.svc.cluster.local"),
                row("known uid", v -> v.workload("vm")),
                row("unknown uid", v -> v.workload("gone"), "gone"),
                row("own pod", v -> v.localWorkload(new PodReference("x", "y", "z"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lookups")
    void asksForWhatNobodyHasToldOf(
            String what, Function<MeshView, Object> lookup, List<String> missed) {
        MeshStore store = mesh();
        NotingView view = new NotingView(store.view());
        assertThat(lookup.apply(view)).as("the answer").isEqualTo(lookup.apply(store.view()));
        assertThat(view.missed()).containsExactlyElementsOf(missed);
    }

    @Test
    void namesAreNotedOnce() {
        NotingView view = new NotingView(mesh().view());
        for (int i = 0; i < 3; i++) {
            assertThat(view.workloadByAddress("", ip("10.9.9.9"))).isNull();
            assertThat(view.serviceByVip("", ip("10.9.9.9"), null)).isNull();
        }
        assertThat(view.missed()).isEqualTo(Set.of("/10.9.9.9"));
    }
}
