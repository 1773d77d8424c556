package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class OnDemandSubscriptionTest {
    private static final String TYPE = DiscoveryService.ADDRESS;
    private static final String LOCAL = "c//Pod/a/local";
    private static final String REMOTE = "c//Pod/a/remote";
    private static final String SERVICE = "a/web.test";

    private OnDemandSubscription subscription = new OnDemandSubscription("node1", Map.of());
    private final ServedResources served =
            new ServedResources((_, name, before, _) -> subscription.changed(name, before));

    OnDemandSubscriptionTest() {
        serve("1", LOCAL, REMOTE, SERVICE);
    }

    private void serve(String version, String... names) {
        TreeMap<String, Resource> resources = new TreeMap<>();
        for (String name : names) {
            Address.Builder address = Address.newBuilder();
            if (name.equals(SERVICE)) {
                address.setService(
                        Service.newBuilder()
                                .addAddresses(NetworkAddress.newBuilder().setAddress(ip(9)))
                                .addAddresses(
                                        NetworkAddress.newBuilder()
                                                .setNetwork("n")
                                                .setAddress(ip(0))
                                                .setLength(24)));
            } else {
                Workload.Builder workload =
                        address.getWorkloadBuilder()
                                .setUid(name)
                                .setNode(name.equals(LOCAL) ? "node1" : "node2")
                                .addAddresses(ip(name.equals(LOCAL) ? 1 : 2));
                if (!name.equals(LOCAL)) {
                    workload.putServices(SERVICE, PortList.getDefaultInstance());
                }
            }
            resources.put(
                    name,
                    ResourceSet.resource(TYPE, name, version, address.build().toByteString()));
        }
        served.replace(ServedResources.Source.OBJECTS, new ResourceSet(Map.of(TYPE, resources)));
    }

    private static ByteString ip(int last) {
        return ByteString.copyFrom(new byte[] {10, 0, 0, (byte) last});
    }

    /** Names that are told, then with a minus those that are removed; null when nothing is said. */
    private @Nullable List<String> next() {
        DeltaDiscoveryResponse response = subscription.next(served.of(TYPE));
        if (response == null) {
            return null;
        }
        assertThat(subscription.isSettled()).isFalse();
        assertThat(subscription.acknowledged(response.getNonce())).isTrue();
        List<String> said = new ArrayList<>();
        response.getResourcesList().forEach(resource -> said.add(resource.getName()));
        response.getRemovedResourcesList().forEach(name -> said.add("-" + name));
        return said;
    }

    private void ask(String name) {
        subscription.follow(List.of(name), List.of());
    }

    @Test
    void onlyTheWorkloadsOfTheNodeAreToldUnasked() {
        assertThat(next()).containsExactly(LOCAL);
        assertThat(next()).isNull();
        assertThat(subscription.isSettled()).isTrue();
    }

    @Test
    void aServiceIsFoundByItsAddressAndComesWithItsWorkloads() {
        next();
        ask("/10.0.0.9");
        assertThat(next()).containsExactly(SERVICE, REMOTE);
    }

    @Test
    void theNamesItMayBeAskedForByAreToldAlong() {
        assertThat(
                        ServedAddress.of(requireNonNull(served.of(TYPE).get(SERVICE)))
                                .resource()
                                .getAliasesList())
                .containsExactly("/10.0.0.9", "n/10.0.0.0/24");
    }

    @Test
    void aWorkloadIsFoundByAddressAndByName() {
        next();
        ask("/10.0.0.2");
        assertThat(next()).containsExactly(REMOTE);
        ask(REMOTE);
        assertThat(next()).as("it is followed by that name already").isNull();
    }

    @Test
    void whatDoesNotExistIsToldToBeRemovedAndAskedForAgainOnlyWhenItWasGivenBack() {
        next();
        ask("/10.0.0.77");
        assertThat(next()).containsExactly("-/10.0.0.77");
        ask("/10.0.0.77");
        assertThat(next()).isNull();
        subscription.follow(List.of(), List.of("/10.0.0.77"));
        assertThat(next()).as("an answer, to nothing").isEmpty();
        ask("/10.0.0.77");
        assertThat(next()).containsExactly("-/10.0.0.77");
    }

    @Test
    void whatWasToldIsKeptUpToDate() {
        next();
        ask(SERVICE);
        next();
        serve("2", LOCAL, REMOTE, SERVICE, "c//Pod/a/another");
        assertThat(next()).containsExactly(SERVICE, "c//Pod/a/another", LOCAL, REMOTE);
        serve("2", LOCAL, SERVICE, "c//Pod/a/another");
        assertThat(next()).containsExactly("-" + REMOTE);
    }

    @Test
    void changesOfOthersAreNotTold() {
        next();
        serve("2", REMOTE, SERVICE);
        assertThat(next()).containsExactly("-" + LOCAL);
        serve("3", REMOTE, SERVICE);
        assertThat(next()).isNull();
    }

    @Test
    void aNewStreamAsksForAllThatItTells() {
        subscription =
                new OnDemandSubscription(
                        "node1", Map.of(REMOTE, "1", "/10.0.0.9", "", "gone", "1"));
        assertThat(next()).containsExactly(SERVICE, LOCAL, REMOTE, "-gone");
    }
}
