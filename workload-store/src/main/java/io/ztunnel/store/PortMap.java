package io.ztunnel.store;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Service port to target port. A target of 0 stands for a named port whose number each workload
 * tells. Iterates in ascending order of the service port.
 */
public final class PortMap {
    /** The target of a port that is not mapped. */
    public static final int UNMAPPED = -1;

    public static final PortMap EMPTY = new PortMap(new int[0]);

    /** Pairs of service port and target port, ascending by service port. */
    private final int[] pairs;

    private PortMap(int[] pairs) {
        this.pairs = pairs;
    }

    /** A later entry for the same service port wins; ports are truncated to 16 bits. */
    public static PortMap of(Map<Integer, Integer> targets) {
        if (targets.isEmpty()) {
            return EMPTY;
        }
        TreeMap<Integer, Integer> sorted = new TreeMap<>();
        targets.forEach((service, target) -> sorted.put(service & 0xffff, target & 0xffff));
        int[] pairs = new int[sorted.size() * 2];
        int i = 0;
        for (Map.Entry<Integer, Integer> entry : sorted.entrySet()) {
            pairs[i++] = entry.getKey();
            pairs[i++] = entry.getValue();
        }
        return new PortMap(pairs);
    }

    /** The target port, 0 for a named one, {@link #UNMAPPED} if there is none. */
    public int target(int servicePort) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] == servicePort) {
                return pairs[i + 1];
            }
        }
        return UNMAPPED;
    }

    public int size() {
        return pairs.length / 2;
    }

    /** The i-th service port, ascending. */
    public int servicePort(int i) {
        return pairs[2 * i];
    }

    /** The i-th target port. */
    public int targetPort(int i) {
        return pairs[2 * i + 1];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortMap map && Arrays.equals(map.pairs, pairs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pairs);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < size(); i++) {
            text.append(i == 0 ? "" : ", ")
                    .append(servicePort(i))
                    .append('=')
                    .append(targetPort(i));
        }
        return text.append('}').toString();
    }
}
