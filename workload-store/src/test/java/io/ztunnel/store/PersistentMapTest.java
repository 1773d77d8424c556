package io.ztunnel.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

class PersistentMapTest {
    /** Few ids and few hash codes, so that keys are met again and whole hashes collide. */
    record Key(int id, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    record Step(Key key, boolean put, int value) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> hashes =
                Arbitraries.oneOf(
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(0x2000_0000, 0x4000_0000, -1, Integer.MIN_VALUE),
                        Arbitraries.integers());
        return Arbitraries.integers()
                .between(0, 40)
                .flatMap(
                        id ->
                                hashes.map(hash -> new Key(id, hash))
                                        .flatMap(
                                                key ->
                                                        Arbitraries.of(true, true, false)
                                                                .map(
                                                                        put ->
                                                                                new Step(
                                                                                        key, put,
                                                                                        id))))
                .list()
                .ofMaxSize(200);
    }

    @Property(tries = 300)
    void behavesAsAHashMapAndLeavesEveryOlderVersionAlone(@ForAll("steps") List<Step> steps) {
        Map<Key, String> model = new HashMap<>();
        PersistentMap<Key, String> map = PersistentMap.empty();
        List<PersistentMap<Key, String>> versions = new ArrayList<>();
        List<Map<Key, String>> models = new ArrayList<>();
        for (Step step : steps) {
            if (step.put()) {
                String value = "v" + step.value();
                model.put(step.key(), value);
                map = map.with(step.key(), value);
            } else {
                model.remove(step.key());
                map = map.without(step.key());
            }
            assertThat(map.get(step.key())).isEqualTo(model.get(step.key()));
            assertThat(map).hasSize(model.size());
            versions.add(map);
            models.add(new HashMap<>(model));
        }
        for (int i = 0; i < versions.size(); i++) {
            assertThat(new HashMap<>(versions.get(i))).isEqualTo(models.get(i));
        }
    }

    @Property(tries = 200)
    void ordersTheSameKeysTheSameWhateverCameBefore(@ForAll List<Integer> keys, @ForAll long seed) {
        PersistentMap<Integer, Integer> plain = PersistentMap.empty();
        for (Integer key : keys) {
            plain = plain.with(key, 0);
        }
        List<Integer> shuffled = new ArrayList<>(keys);
        java.util.Collections.shuffle(shuffled, new java.util.Random(seed));
        PersistentMap<Integer, Integer> detoured = PersistentMap.empty();
        for (Integer key : shuffled) {
            detoured = detoured.with(key, 0).with(key ^ 1, 1).with(~key, 2);
        }
        for (Integer key : shuffled) {
            for (Integer extra : List.of(key ^ 1, ~key)) {
                detoured = keys.contains(extra) ? detoured : detoured.without(extra);
            }
        }
        assertThat(detoured.keySet()).containsExactlyElementsOf(plain.keySet());
    }

    @Test
    void givesItselfBackWhenNothingChanges() {
        PersistentMap<String, String> map = PersistentMap.<String, String>empty().with("a", "1");
        assertThat(map.with("a", "1")).isSameAs(map);
        assertThat(map.without("b")).isSameAs(map);
        assertThat(map.without("a")).isSameAs(PersistentMap.empty());
    }

    @Test
    void isNoPlaceToWriteTo() {
        PersistentMap<String, String> map = PersistentMap.<String, String>empty().with("a", "1");
        assertThatThrownBy(() -> map.put("b", "2"))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> map.values().clear())
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void iterationEndsWithNoSuchElement() {
        var entries = PersistentMap.<String, String>empty().with("a", "1").entrySet().iterator();
        assertThat(entries.next()).isEqualTo(Map.entry("a", "1"));
        assertThat(entries.hasNext()).isFalse();
        assertThatThrownBy(entries::next).isInstanceOf(NoSuchElementException.class);
    }
}
