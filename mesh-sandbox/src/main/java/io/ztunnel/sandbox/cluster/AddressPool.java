package io.ztunnel.sandbox.cluster;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which addresses are taken. */
final class AddressPool {
    /** Wide ranges are used from their beginning only: short addresses read better. */
    private static final long MAX_SPAN = 1 << 16;

    private final Set<String> taken = new HashSet<>();

    /** False when somebody has it already. */
    boolean reserve(String address) {
        return taken.add(address);
    }

    /**
     * Takes a free address. The search starts at a place that follows from the seed, so that a
     * freed address is not the next to be given away and the same manifests get the same addresses.
     *
     * @param skip addresses at the beginning of the range that are left for other uses
     * @return empty when the range is exhausted
     */
    Optional<String> allocate(AddressRange range, long skip, String seed) {
        long last = range.family() == IpFamily.IPV4 ? 1 : 0; // the broadcast address
        long span = Math.min(range.size(), MAX_SPAN) - skip - last;
        if (span <= 0) {
            return Optional.empty();
        }
        long start = StableNames.number(span, seed);
        for (long i = 0; i < span; i++) {
            String address = range.address(skip + (start + i) % span);
            if (taken.add(address)) {
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }
}
