package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Changed copies of the short immutable lists that the indexes hold for each key. */
final class Lists {
    private Lists() {}

    static <T> List<T> of(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    static <T> List<T> inserted(List<T> list, int index, T element) {
        if (list.isEmpty()) {
            return List.of(element);
        }
        List<T> copy = new ArrayList<>(list.size() + 1);
        copy.addAll(list);
        copy.add(index, element);
        return List.copyOf(copy);
    }

    /** In the place of the first element that the new one replaces, else at the end. */
    static <T> List<T> replacedOrAppended(List<T> list, T element, Predicate<T> replaced) {
        for (int i = 0; i < list.size(); i++) {
            if (replaced.test(list.get(i))) {
                List<T> copy = new ArrayList<>(list);
                copy.set(i, element);
                return List.copyOf(copy);
            }
        }
        return inserted(list, list.size(), element);
    }

    static <T> List<T> without(List<T> list, Predicate<T> removed) {
        return list.stream().filter(removed.negate()).toList();
    }
}
