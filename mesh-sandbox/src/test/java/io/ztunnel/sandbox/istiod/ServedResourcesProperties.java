package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Against a model that compares everything with everything each time. */
class ServedResourcesProperties {
    private static final String TYPE = DiscoveryService.ADDRESS;

    /** What the client holds, and the response that a full comparison gives. */
    private static final class Model {
        private final Map<String, String> held;
        private boolean first = true;

        Model(Map<String, String> held) {
            this.held = new HashMap<>(held);
        }

        @Nullable DeltaDiscoveryResponse next(Map<String, Resource> served, String nonce) {
            DeltaDiscoveryResponse.Builder response =
                    DeltaDiscoveryResponse.newBuilder().setTypeUrl(TYPE).setNonce(nonce);
            for (Resource resource : served.values()) {
                if (!resource.getVersion().equals(held.get(resource.getName()))) {
                    response.addResources(resource);
                    held.put(resource.getName(), resource.getVersion());
                }
            }
            List<String> gone = new ArrayList<>(held.keySet());
            gone.removeAll(served.keySet());
            gone.sort(null);
            held.keySet().removeAll(gone);
            response.addAllRemovedResources(gone);
            boolean empty = response.getResourcesCount() == 0 && gone.isEmpty();
            boolean silent = !first && empty;
            first = false;
            return silent ? null : response.build();
        }
    }

    private static Resource resource(String name, int version) {
        return ResourceSet.resource(TYPE, name, "" + version, ByteString.EMPTY);
    }

    /** Six names with versions 1 and 2, where 0 is absent, as digits of base three. */
    private static ResourceSet set(String prefix, int code) {
        TreeMap<String, Resource> resources = new TreeMap<>();
        int rest = code;
        for (int i = 0; i < 6; i++) {
            if (rest % 3 > 0) {
                resources.put(prefix + i, resource(prefix + i, rest % 3));
            }
            rest /= 3;
        }
        return new ResourceSet(Map.of(TYPE, resources));
    }

    @Property
    void aClientIsToldExactlyTheDifference(
            @ForAll @IntRange(max = 728) int held,
            @ForAll @Size(max = 40) List<@IntRange(max = 4 * 729 - 1) Integer> steps) {
        Map<String, String> initial = new HashMap<>();
        set("a", held).of(TYPE).forEach((name, item) -> initial.put(name, item.getVersion()));
        Subscription subscription = new WholeSubscription(TYPE, initial);
        Model model = new Model(initial);
        ServedResources served =
                new ServedResources((_, name, before, _) -> subscription.changed(name, before));
        String awaited = null;
        for (int step : steps) {
            int code = step / 4;
            switch (step % 4) {
                case 0 -> served.replace(ServedResources.Source.OBJECTS, set("a", code));
                case 1 -> served.replace(ServedResources.Source.SYNTHETIC, set("b", code));
                case 2 -> served.put(TYPE, resource("b" + code % 6, code % 5));
                default -> {
                    if (awaited != null) {
                        assertThat(subscription.acknowledged(awaited)).isTrue();
                        awaited = null;
                    }
                }
            }
            DeltaDiscoveryResponse response = subscription.next(served.of(TYPE));
            if (awaited != null) {
                assertThat(response).isNull();
                continue;
            }
            String nonce = response == null ? "" : response.getNonce();
            assertThat(response).isEqualTo(model.next(served.of(TYPE), nonce));
            awaited = response == null ? null : nonce;
        }
    }
}
