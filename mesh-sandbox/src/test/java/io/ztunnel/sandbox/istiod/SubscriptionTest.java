package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;

class SubscriptionTest {
    private static final String TYPE = DiscoveryService.ADDRESS;

    private static ResourceSet resources(Map<String, String> versions) {
        TreeMap<String, ResourceSet.Item> items = new TreeMap<>();
        versions.forEach(
                (name, version) ->
                        items.put(
                                name,
                                new ResourceSet.Item(
                                        version,
                                        Any.newBuilder()
                                                .setValue(ByteString.copyFromUtf8(name + version))
                                                .build())));
        return new ResourceSet(Map.of(TYPE, items));
    }

    private static DeltaDiscoveryResponse present(@Nullable DeltaDiscoveryResponse response) {
        assertThat(response).isNotNull();
        return response;
    }

    @Test
    void theFirstResponseIsSentEvenWhenThereIsNothing() {
        Subscription subscription = new Subscription(TYPE, Map.of());

        DeltaDiscoveryResponse first = present(subscription.next(ResourceSet.EMPTY));

        assertThat(first.getResourcesCount()).isZero();
        assertThat(subscription.acknowledged(first.getNonce())).isTrue();
        assertThat(subscription.next(ResourceSet.EMPTY)).isNull();
    }

    @Test
    void aReconnectingClientIsSentWhatItLacksAndToldWhatIsGone() {
        Subscription subscription =
                new Subscription(TYPE, Map.of("same", "1", "old", "1", "gone", "1"));

        DeltaDiscoveryResponse response =
                present(subscription.next(resources(Map.of("same", "1", "old", "2", "new", "1"))));

        assertThat(response.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("new", "old");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
    }

    @Test
    void changesWaitForTheAnswerAndAreSentTogether() {
        Subscription subscription = new Subscription(TYPE, Map.of());
        DeltaDiscoveryResponse first = present(subscription.next(resources(Map.of("a", "1"))));

        assertThat(subscription.next(resources(Map.of("a", "2")))).isNull();
        assertThat(subscription.acknowledged("stale")).isFalse();
        assertThat(subscription.next(resources(Map.of("a", "3", "b", "1")))).isNull();
        assertThat(subscription.acknowledged(first.getNonce())).isTrue();
        DeltaDiscoveryResponse second =
                present(subscription.next(resources(Map.of("a", "3", "b", "1"))));

        assertThat(second.getResourcesList())
                .extracting(Resource::getVersion)
                .containsExactly("3", "1");
        assertThat(second.getNonce()).isNotEqualTo(first.getNonce());
    }
}
