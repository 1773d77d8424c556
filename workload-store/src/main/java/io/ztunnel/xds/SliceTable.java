package io.ztunnel.xds;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Values by the bytes that they were read from: a piece that was seen before is not read again.
 * Like {@link io.ztunnel.store.Interner} it forgets, as each value has one of a fixed number of
 * places and the last one stays. Not safe for several threads at once.
 */
final class SliceTable<T> {
    private static final int BITS = 12;

    /** Longer ones are read each time, so that what is kept stays small. */
    private static final int MAX_LENGTH = 512;

    private final Reader<T> reader;
    private final byte[] @Nullable [] keys = new byte[1 << BITS][];
    private final Object[] values = new Object[1 << BITS];

    interface Reader<T> {
        /** Null when the bytes are not what is expected. */
        @Nullable T read(byte[] bytes);
    }

    SliceTable(Reader<T> reader) {
        this.reader = reader;
    }

    @SuppressWarnings("unchecked") // only a T is ever put
    @Nullable T get(byte[] bytes, int from, int to) {
        int hash = 1;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        int place = hash * 0x9e37_79b9 >>> Integer.SIZE - BITS;
        byte[] key = keys[place];
        if (key != null && Arrays.equals(key, 0, key.length, bytes, from, to)) {
            return (T) values[place];
        }
        byte[] copy = Arrays.copyOfRange(bytes, from, to);
        T value = reader.read(copy);
        if (value != null && copy.length <= MAX_LENGTH) {
            keys[place] = copy;
            values[place] = value;
        }
        return value;
    }
}
