package io.ztunnel.sandbox.waypoint.route;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Picks a backend in proportion to the weights. */
final class WeightedChoice {
    private WeightedChoice() {}

    /** Empty when nothing has a weight. */
    static Optional<Backend> of(List<Backend> backends, RandomGenerator random) {
        long total = backends.stream().mapToLong(Backend::weight).sum();
        if (total == 0) {
            return Optional.empty();
        }
        long left = random.nextLong(total);
        for (Backend backend : backends) {
            left -= backend.weight();
            if (left < 0) {
                return Optional.of(backend);
            }
        }
        return Optional.empty();
    }
}
