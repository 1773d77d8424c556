package io.ztunnel.store;

import static io.ztunnel.store.MeshFixture.ip;
import static io.ztunnel.store.MeshFixture.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MeshStoreServiceTest {
    private final MeshStore store = new MeshStore("n1");

    private void put(MeshFixture.ServiceBuilder... services) {
        MeshUpdate.Builder update = MeshUpdate.builder();
        for (MeshFixture.ServiceBuilder service : services) {
            update.service(service.build());
        }
        store.apply(update.build());
    }

    private void remove(String key) {
        store.apply(MeshUpdate.builder().removeAddress(key).build());
    }

    private @Nullable String byVip(String address, @Nullable String namespace) {
        return key(store.view().serviceByVip("", ip(address), namespace));
    }

    private @Nullable String byHost(String hostname, @Nullable String namespace) {
        return key(store.view().serviceByHostname(hostname, namespace));
    }

    private static @Nullable String key(@Nullable Service service) {
        return service == null ? null : service.key().toString();
    }

    @Test
    void theOwnNamespaceWinsThenTheCanonicalThenTheFirst() {
        put(
                service("ns1/h").vip("/10.1.0.1"),
                service("ns2/h").vip("/10.1.0.1").canonical(),
                service("ns3/h").vip("/10.1.0.1"));
        assertThat(byHost("h", "ns3")).isEqualTo("ns3/h");
        assertThat(byVip("10.1.0.1", "ns3")).isEqualTo("ns3/h");
        assertThat(byHost("h", "ns9")).isEqualTo("ns2/h");
        assertThat(byVip("10.1.0.1", null)).isEqualTo("ns2/h");
        remove("ns2/h");
        assertThat(byHost("h", "ns9")).isEqualTo("ns1/h");
        assertThat(byVip("10.1.0.1", "ns9")).isEqualTo("ns1/h");
    }

    @Test
    void theLastOfSeveralCanonicalOnesWins() {
        put(service("ns1/h").canonical(), service("ns2/h").canonical(), service("ns3/h"));
        assertThat(byHost("h", "ns9")).isEqualTo("ns2/h");
    }

    @Test
    void aPreferredNamespaceComesAfterTheCanonicalOne() {
        Service first = service("ns1/h").build();
        Service preferred = service("ns2/h").build();
        Service canonical = service("ns3/h").canonical().build();
        assertThat(ServiceSelection.best(java.util.List.of(first, preferred), "ns9", "ns2"))
                .isSameAs(preferred);
        assertThat(
                        ServiceSelection.best(
                                java.util.List.of(first, preferred, canonical), "ns9", "ns2"))
                .isSameAs(canonical);
        assertThat(ServiceSelection.best(java.util.List.of(first, preferred), "ns9", "ns7"))
                .isSameAs(first);
    }

    @Test
    void anOwnNamespaceOnlyServiceIsHiddenFromOthers() {
        put(service("ns1/h").vip("/10.1.0.1").canonical().ownNamespaceOnly());
        assertThat(byHost("h", "ns2")).isNull();
        assertThat(byVip("10.1.0.1", "ns2")).isNull();
        assertThat(byHost("h", "ns1")).isEqualTo("ns1/h");
        assertThat(byHost("h", null)).isEqualTo("ns1/h");
        assertThat(byVip("10.1.0.1", null)).isEqualTo("ns1/h");
    }

    @Test
    void aHiddenExactVipFallsThroughToABlock() {
        put(
                service("ns1/exact").vip("/10.1.0.1").ownNamespaceOnly(),
                service("ns2/block").cidr("", "10.1.0.0/16"));
        assertThat(byVip("10.1.0.1", "ns3")).isEqualTo("ns2/block");
        assertThat(byVip("10.1.0.1", "ns1")).isEqualTo("ns1/exact");
    }

    @Test
    void anExactVipBeatsABlockOfTheOwnNamespace() {
        put(service("ns1/block").cidr("", "10.1.0.0/24"), service("ns2/exact").vip("/10.1.0.1"));
        assertThat(byVip("10.1.0.1", "ns1")).isEqualTo("ns2/exact");
    }

    @Test
    void theLongestPrefixWins() {
        put(
                service("ns1/wide").cidr("", "10.0.0.0/8").canonical(),
                service("ns1/narrow").cidr("", "10.1.0.0/16"),
                service("ns1/narrowest").cidr("", "10.1.2.0/24"));
        assertThat(byVip("10.1.2.3", "ns9")).isEqualTo("ns1/narrowest");
        assertThat(byVip("10.1.9.3", "ns9")).isEqualTo("ns1/narrow");
        assertThat(byVip("10.9.9.3", "ns9")).isEqualTo("ns1/wide");
        assertThat(byVip("11.0.0.1", "ns9")).isNull();
    }

    @Test
    void aWideBlockOfTheOwnNamespaceBeatsANarrowForeignOne() {
        put(
                service("ns1/own").cidr("", "10.0.0.0/8"),
                service("ns2/foreign").cidr("", "10.1.2.0/24"));
        assertThat(byVip("10.1.2.3", "ns1")).isEqualTo("ns1/own");
        assertThat(byVip("10.1.2.3", null)).isEqualTo("ns2/foreign");
    }

    @Test
    void ofOneBlockTheCanonicalWinsThenTheFirst() {
        put(service("ns1/a").cidr("", "10.1.0.0/16"), service("ns2/b").cidr("", "10.1.7.7/16"));
        assertThat(byVip("10.1.2.3", "ns9")).isEqualTo("ns1/a");
        put(service("ns2/b").cidr("", "10.1.7.7/16").canonical());
        assertThat(byVip("10.1.2.3", "ns9")).isEqualTo("ns2/b");
    }

    @Test
    void blocksOfTheTwoFamiliesNeverMatchEachOther() {
        put(service("ns1/all4").cidr("", "0.0.0.0/0"), service("ns1/all6").cidr("", "::/0"));
        assertThat(byVip("10.1.2.3", null)).isEqualTo("ns1/all4");
        assertThat(byVip("fd00::1", null)).isEqualTo("ns1/all6");
        remove("ns1/all6");
        assertThat(byVip("fd00::1", null)).isNull();
    }

    @Test
    void aVipAndABlockHoldInTheirNetworkOnly() {
        put(service("ns1/h").vip("net1/10.1.0.1").cidr("net2", "10.1.0.0/24"));
        assertThat(store.view().serviceByVip("", ip("10.1.0.1"), null)).isNull();
        assertThat(store.view().serviceByVip("net1", ip("10.1.0.1"), null)).isNotNull();
        assertThat(store.view().serviceByVip("net1", ip("10.1.0.2"), null)).isNull();
        assertThat(store.view().serviceByVip("net2", ip("10.1.0.2"), null)).isNotNull();
    }

    @Test
    void twoServicesOfANamespaceMayShareAVipAndLeaveAlone() {
        put(service("ns1/a").vip("/10.1.0.1"), service("ns1/b").vip("/10.1.0.1"));
        assertThat(byVip("10.1.0.1", "ns1")).isEqualTo("ns1/b");
        remove("ns1/b");
        assertThat(byVip("10.1.0.1", "ns1")).isEqualTo("ns1/a");
    }

    @Test
    void aNewVersionLosesTheVipsItLacksAndKeepsItsPlace() {
        put(
                service("ns1/h").vip("/10.1.0.1", "/10.1.0.2").cidr("", "10.2.0.0/16"),
                service("ns2/h").vip("/10.1.0.2"));
        put(service("ns1/h").vip("/10.1.0.2", "/10.1.0.3").cidr("", "10.3.0.0/16"));
        assertThat(byVip("10.1.0.1", null)).isNull();
        assertThat(byVip("10.1.0.2", null)).isEqualTo("ns1/h");
        assertThat(byVip("10.1.0.3", null)).isEqualTo("ns1/h");
        assertThat(byVip("10.2.0.1", null)).isNull();
        assertThat(byVip("10.3.0.1", null)).isEqualTo("ns1/h");
        assertThat(byHost("h", null)).isEqualTo("ns1/h");
        assertThat(store.view().servicesByHostname("h"))
                .extracting(Service::namespace)
                .containsExactly("ns1", "ns2");
    }

    @Test
    void aBlockResolvesToTheServiceAsItIsNow() {
        put(service("ns1/h").cidr("", "10.1.0.0/16"));
        put(service("ns1/h").cidr("", "10.1.0.0/16").canonical());
        Service found = store.view().serviceByVip("", ip("10.1.2.3"), null);
        assertThat(found).isNotNull().extracting(Service::canonical).isEqualTo(true);
    }

    @Test
    void removalLeavesNothingBehind() {
        put(service("ns1/h").vip("/10.1.0.1").cidr("", "10.2.0.0/16"));
        remove("ns1/h");
        assertThat(byVip("10.1.0.1", null)).isNull();
        assertThat(byVip("10.2.0.1", null)).isNull();
        assertThat(byHost("h", null)).isNull();
        assertThat(store.view()).isEqualTo(new MeshStore(null).view());
    }

    @Test
    void hostnamesAreMatchedByteByByte() {
        put(service("ns1/Mixed.Example"));
        assertThat(byHost("mixed.example", null)).isNull();
        assertThat(byHost("Mixed.Example", null)).isEqualTo("ns1/Mixed.Example");
    }
}
