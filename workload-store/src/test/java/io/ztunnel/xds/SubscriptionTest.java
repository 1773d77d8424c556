package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.Node;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

class SubscriptionTest {
    private static final Node NODE = Node.newBuilder().setId("me").build();

    private static DeltaResponse response(String... names) {
        List<DeltaResponse.Resource> resources =
                java.util.Arrays.stream(names)
                        .map(
                                n ->
                                        new DeltaResponse.Resource(
                                                n, "", ResourceType.ADDRESS, null, null))
                        .toList();
        return new DeltaResponse(
                ResourceType.ADDRESS.url(), "n", resources, List.of(), List.of(), 0);
    }

    @Test
    void tellsWhatItHolds() {
        Subscription subscription = new Subscription(ResourceType.ADDRESS, 1000);
        assertThat(subscription.initialRequest(NODE).getInitialResourceVersionsMap()).isEmpty();
        subscription.accepted("a", "1");
        subscription.accepted("b", "2");
        subscription.accepted("a", "3");
        subscription.removed("b");
        DeltaDiscoveryRequest request = subscription.initialRequest(NODE);
        assertThat(request.getInitialResourceVersionsMap())
                .containsExactly(java.util.Map.entry("a", "3"));
        assertThat(request.getNode()).isEqualTo(NODE);
        assertThat(request.getResourceNamesSubscribeList()).isEmpty();
        assertThat(subscription.takeVanished(response())).isEmpty();
    }

    @Test
    void whatDoesNotFitTheRequestIsGoneUnlessTheFirstResponseBringsIt() {
        int budget = 1000;
        Subscription subscription = new Subscription(ResourceType.ADDRESS, budget);
        Set<String> held = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            held.add("resource-" + i);
            subscription.accepted("resource-" + i, "version");
        }
        DeltaDiscoveryRequest request = subscription.initialRequest(NODE);
        assertThat(request.toBuilder().clearNode().clearTypeUrl().build().getSerializedSize())
                .isLessThanOrEqualTo(budget);
        Set<String> untold = new HashSet<>(held);
        untold.removeAll(request.getInitialResourceVersionsMap().keySet());
        assertThat(untold).hasSizeBetween(1, 99);
        String alive = untold.iterator().next();
        Set<String> gone = new HashSet<>(untold);
        gone.remove(alive);
        assertThat(subscription.takeVanished(response(alive))).isEqualTo(gone);
        assertThat(subscription.takeVanished(response())).isEmpty();
    }
}
