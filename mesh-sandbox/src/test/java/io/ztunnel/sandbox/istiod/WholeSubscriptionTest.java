package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;

class WholeSubscriptionTest {
    private static final String TYPE = DiscoveryService.ADDRESS;

    private Subscription subscription = new WholeSubscription(TYPE, Map.of());
    private final ServedResources served =
            new ServedResources((_, name, before, _) -> subscription.changed(name, before));

    private @Nullable DeltaDiscoveryResponse next() {
        return subscription.next(served.of(TYPE));
    }

    private void serve(Map<String, String> versions) {
        served.replace(ServedResources.Source.OBJECTS, resources(versions));
    }

    private static ResourceSet resources(Map<String, String> versions) {
        TreeMap<String, Resource> resources = new TreeMap<>();
        versions.forEach((name, version) -> resources.put(name, resource(name, version)));
        return new ResourceSet(Map.of(TYPE, resources));
    }

    private static Resource resource(String name, String version) {
        return ResourceSet.resource(TYPE, name, version, ByteString.copyFromUtf8(name + version));
    }

    private static DeltaDiscoveryResponse present(@Nullable DeltaDiscoveryResponse response) {
        assertThat(response).isNotNull();
        return response;
    }

    @Test
    void theFirstResponseIsSentEvenWhenThereIsNothing() {
        DeltaDiscoveryResponse first = present(next());

        assertThat(first.getResourcesCount()).isZero();
        assertThat(subscription.acknowledged(first.getNonce())).isTrue();
        assertThat(next()).isNull();
    }

    @Test
    void aReconnectingClientIsSentWhatItLacksAndToldWhatIsGone() {
        subscription = new WholeSubscription(TYPE, Map.of("same", "1", "old", "1", "gone", "1"));
        serve(Map.of("same", "1", "old", "2", "new", "1"));

        DeltaDiscoveryResponse response = present(next());

        assertThat(response.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("new", "old");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
    }

    @Test
    void changesWaitForTheAnswerAndAreSentTogether() {
        serve(Map.of("a", "1"));
        DeltaDiscoveryResponse first = present(next());

        serve(Map.of("a", "2"));
        assertThat(next()).isNull();
        assertThat(subscription.acknowledged("stale")).isFalse();
        serve(Map.of("a", "3", "b", "1"));
        assertThat(next()).isNull();
        assertThat(subscription.acknowledged(first.getNonce())).isTrue();
        DeltaDiscoveryResponse second = present(next());

        assertThat(second.getResourcesList())
                .extracting(Resource::getVersion)
                .containsExactly("3", "1");
        assertThat(second.getNonce()).isNotEqualTo(first.getNonce());
    }

    @Test
    void aChangeThatIsTakenBackBeforeItWasToldIsNotTold() {
        serve(Map.of("a", "1", "b", "1"));
        subscription.acknowledged(present(next()).getNonce());

        serve(Map.of("a", "2", "c", "1"));
        serve(Map.of("a", "1", "b", "1"));

        assertThat(next()).isNull();
    }
}
