package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * An immutable hash map whose {@link #with} and {@link #without} share all but one path with the
 * map they start from, so that a change costs the same in a mesh of ten and of 100,000 workloads.
 *
 * <p>A compressed hash-array mapped prefix-tree (Steindorfer and Vinju, OOPSLA 2015): each branch
 * keeps its entries and its sub-branches apart in one array without gaps, and a branch with a
 * single entry is folded into its parent. So the shape, and with it the order of iteration, depends
 * on the keys alone and not on the history (keys of one and the same hash code excepted).
 *
 * <p>Neither keys nor values are null. Safe for use by any thread, like every immutable value here.
 */
@SuppressWarnings("ReferenceEquality") // the same node back is how a node says: nothing changed
final class PersistentMap<K, V> extends AbstractMap<K, V> {
    private static final int BITS = 5;
    private static final int MASK = (1 << BITS) - 1;
    private static final PersistentMap<?, ?> EMPTY =
            new PersistentMap<>(new Branch(0, 0, new Object[0]), 0);

    private final Node root;
    private final int size;

    private PersistentMap(Node root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // holds nothing of either type
    static <K, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    /** This map itself when the very same value is mapped already. */
    PersistentMap<K, V> with(K key, V value) {
        int hash = hash(key);
        Node changed = root.put(key, value, hash, 0);
        if (changed == root) {
            return this;
        }
        return new PersistentMap<>(changed, root.find(key, hash, 0) == null ? size + 1 : size);
    }

    /** This map itself when the key is not mapped. */
    PersistentMap<K, V> without(K key) {
        Node changed = root.remove(key, hash(key), 0);
        if (changed == root) {
            return this;
        }
        return size == 1 ? empty() : new PersistentMap<>(changed, size - 1);
    }

    @Override
    @SuppressWarnings("unchecked") // only a V is ever put beside a key
    public @Nullable V get(@Nullable Object key) {
        return key == null ? null : (V) root.find(key, hash(key), 0);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return new Entries<>(root);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /**
     * Names and addresses differ in few bits; fold the high ones in, the low ones are used first.
     */
    private static int hash(Object key) {
        int hash = key.hashCode() * 0x9e37_79b9;
        return hash ^ hash >>> 15;
    }

    private sealed interface Node {
        /** Pairs of key and value, then, in a branch, the sub-branches. */
        Object[] slots();

        /** The number of entries that this node holds itself. */
        int entries();

        @Nullable Object find(Object key, int hash, int shift);

        /** Itself when nothing changes. */
        Node put(Object key, Object value, int hash, int shift);

        /** Itself when nothing changes. */
        Node remove(Object key, int hash, int shift);

        /** Whether the parent must hold the only entry itself. */
        default boolean isSingle() {
            return entries() == 1 && slots().length == 2;
        }
    }

    /**
     * @param dataMap a bit for each value of the hash fragment that has an entry here
     * @param nodeMap a bit for each value that has a sub-branch; these follow the entries backwards
     */
    private record Branch(int dataMap, int nodeMap, Object[] slots) implements Node {
        private static int bit(int hash, int shift) {
            return 1 << (hash >>> shift & MASK);
        }

        private int dataIndex(int bit) {
            return 2 * Integer.bitCount(dataMap & bit - 1);
        }

        private int nodeIndex(int bit) {
            return slots.length - 1 - Integer.bitCount(nodeMap & bit - 1);
        }

        @Override
        public int entries() {
            return Integer.bitCount(dataMap);
        }

        @Override
        public @Nullable Object find(Object key, int hash, int shift) {
            int bit = bit(hash, shift);
            if ((dataMap & bit) != 0) {
                int i = dataIndex(bit);
                return slots[i].equals(key) ? slots[i + 1] : null;
            }
            return (nodeMap & bit) == 0
                    ? null
                    : ((Node) slots[nodeIndex(bit)]).find(key, hash, shift + BITS);
        }

        @Override
        public Node put(Object key, Object value, int hash, int shift) {
            int bit = bit(hash, shift);
            if ((dataMap & bit) != 0) {
                int i = dataIndex(bit);
                if (slots[i].equals(key)) {
                    return slots[i + 1] == value ? this : replacing(i + 1, value);
                }
                Node both =
                        pair(
                                slots[i],
                                slots[i + 1],
                                hash(slots[i]),
                                key,
                                value,
                                hash,
                                shift + BITS);
                return entryToNode(bit, i, both);
            }
            if ((nodeMap & bit) != 0) {
                int i = nodeIndex(bit);
                Node child = (Node) slots[i];
                Node changed = child.put(key, value, hash, shift + BITS);
                return changed == child ? this : replacing(i, changed);
            }
            return new Branch(dataMap | bit, nodeMap, inserted(slots, dataIndex(bit), key, value));
        }

        @Override
        public Node remove(Object key, int hash, int shift) {
            int bit = bit(hash, shift);
            if ((dataMap & bit) != 0) {
                int i = dataIndex(bit);
                return slots[i].equals(key)
                        ? new Branch(dataMap ^ bit, nodeMap, cut(slots, i, 2))
                        : this;
            }
            if ((nodeMap & bit) == 0) {
                return this;
            }
            int i = nodeIndex(bit);
            Node child = (Node) slots[i];
            Node changed = child.remove(key, hash, shift + BITS);
            if (changed == child) {
                return this;
            }
            return changed.isSingle() ? nodeToEntry(bit, i, changed) : replacing(i, changed);
        }

        private Branch replacing(int index, Object value) {
            Object[] copy = slots.clone();
            copy[index] = value;
            return new Branch(dataMap, nodeMap, copy);
        }

        private Branch entryToNode(int bit, int index, Node node) {
            int newNodeMap = nodeMap | bit;
            Object[] copy = new Object[slots.length - 1];
            int at = copy.length - 1 - Integer.bitCount(newNodeMap & bit - 1);
            System.arraycopy(slots, 0, copy, 0, index);
            System.arraycopy(slots, index + 2, copy, index, at - index);
            copy[at] = node;
            System.arraycopy(slots, at + 2, copy, at + 1, slots.length - at - 2);
            return new Branch(dataMap ^ bit, newNodeMap, copy);
        }

        private Branch nodeToEntry(int bit, int index, Node single) {
            Object[] rest = cut(slots, index, 1);
            return new Branch(
                    dataMap | bit,
                    nodeMap ^ bit,
                    inserted(rest, dataIndex(bit), single.slots()[0], single.slots()[1]));
        }
    }

    /** Entries whose keys share all 32 bits of the hash. */
    private record Collision(Object[] slots) implements Node {
        private int indexOf(Object key) {
            for (int i = 0; i < slots.length; i += 2) {
                if (slots[i].equals(key)) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public int entries() {
            return slots.length / 2;
        }

        @Override
        public @Nullable Object find(Object key, int hash, int shift) {
            int i = indexOf(key);
            return i < 0 ? null : slots[i + 1];
        }

        @Override
        public Node put(Object key, Object value, int hash, int shift) {
            int i = indexOf(key);
            if (i < 0) {
                return new Collision(inserted(slots, slots.length, key, value));
            }
            if (slots[i + 1] == value) {
                return this;
            }
            Object[] copy = slots.clone();
            copy[i + 1] = value;
            return new Collision(copy);
        }

        @Override
        public Node remove(Object key, int hash, int shift) {
            int i = indexOf(key);
            return i < 0 ? this : new Collision(cut(slots, i, 2));
        }
    }

    /** The smallest node for two entries whose hashes agree below {@code shift}. */
    private static Node pair(
            Object key1,
            Object value1,
            int hash1,
            Object key2,
            Object value2,
            int hash2,
            int shift) {
        if (shift >= Integer.SIZE) {
            return new Collision(new Object[] {key1, value1, key2, value2});
        }
        int bit1 = Branch.bit(hash1, shift);
        int bit2 = Branch.bit(hash2, shift);
        if (bit1 == bit2) {
            Node deeper = pair(key1, value1, hash1, key2, value2, hash2, shift + BITS);
            return new Branch(0, bit1, new Object[] {deeper});
        }
        Object[] slots =
                Integer.compareUnsigned(bit1, bit2) < 0
                        ? new Object[] {key1, value1, key2, value2}
                        : new Object[] {key2, value2, key1, value1};
        return new Branch(bit1 | bit2, 0, slots);
    }

    private static Object[] inserted(Object[] slots, int at, Object key, Object value) {
        Object[] copy = new Object[slots.length + 2];
        System.arraycopy(slots, 0, copy, 0, at);
        copy[at] = key;
        copy[at + 1] = value;
        System.arraycopy(slots, at, copy, at + 2, slots.length - at);
        return copy;
    }

    private static Object[] cut(Object[] slots, int at, int count) {
        Object[] copy = Arrays.copyOf(slots, slots.length - count);
        System.arraycopy(slots, at + count, copy, at, copy.length - at);
        return copy;
    }

    /** Depth first; the depth is bounded by the bits of a hash. */
    private static final class Entries<K, V> implements Iterator<Map.Entry<K, V>> {
        private static final int MAX_DEPTH = Integer.SIZE / BITS + 2;

        private final Node[] path = new Node[MAX_DEPTH];
        private final int[] next = new int[MAX_DEPTH];
        private int depth;

        Entries(Node root) {
            path[0] = root;
            settle();
        }

        /** Moves to the next entry, or to depth -1 when there is none. */
        private void settle() {
            while (depth >= 0) {
                Node node = path[depth];
                int at = next[depth];
                if (at < 2 * node.entries()) {
                    return;
                }
                if (at == node.slots().length) {
                    depth--;
                } else {
                    next[depth]++;
                    depth++;
                    path[depth] = (Node) node.slots()[at];
                    next[depth] = 0;
                }
            }
        }

        @Override
        public boolean hasNext() {
            return depth >= 0;
        }

        @Override
        @SuppressWarnings("unchecked") // entries are only ever a K beside a V
        public Map.Entry<K, V> next() {
            if (depth < 0) {
                throw new NoSuchElementException();
            }
            Object[] slots = path[depth].slots();
            int at = next[depth];
            next[depth] = at + 2;
            settle();
            return Map.entry((K) slots[at], (V) slots[at + 1]);
        }
    }
}
