package io.ztunnel.store;

/**
 * Returns an equal value that it has seen before, so that the thousands of workloads of a namespace
 * share its name instead of holding a copy each.
 *
 * <p>It forgets: each value has one of a fixed number of places and the last one stays. So its
 * memory is bounded whatever the mesh sends, and values that repeat a lot are nearly always shared.
 * Not safe for several threads at once.
 */
public final class Interner<T> {
    private static final int PLACES = 1 << 13;

    private final Object[] places = new Object[PLACES];

    @SuppressWarnings("unchecked") // a value that equals a T and was put as one
    public T intern(T value) {
        int hash = value.hashCode() * 0x9e37_79b9;
        int place = hash >>> Integer.SIZE - 13;
        Object seen = places[place];
        if (value.equals(seen)) {
            return (T) seen;
        }
        places[place] = value;
        return value;
    }
}
