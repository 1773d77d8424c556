package io.ztunnel.bench.report;

/**
 * One number that a workload yields.
 *
 * @param workload the workload's id, such as T1
 * @param name such as throughput
 * @param unit such as Gbit/s
 * @param better which way is up
 * @param goal what the ratio of the first candidate's median to the second's should reach, at least
 *     or at most according to {@code better}; NaN where there is none
 */
public record Figure(String workload, String name, String unit, Better better, double goal) {
    /** Which values are good. */
    public enum Better {
        HIGHER,
        LOWER
    }

    public static Figure higher(String workload, String name, String unit, double goal) {
        return new Figure(workload, name, unit, Better.HIGHER, goal);
    }

    public static Figure lower(String workload, String name, String unit, double goal) {
        return new Figure(workload, name, unit, Better.LOWER, goal);
    }

    /** Worth knowing, but nobody's goal. */
    public static Figure told(String workload, String name, String unit) {
        return new Figure(workload, name, unit, Better.LOWER, Double.NaN);
    }

    public boolean hasGoal() {
        return !Double.isNaN(goal);
    }

    /** Whether a ratio reaches the goal. */
    public boolean isReached(double ratio) {
        return switch (better) {
            case HIGHER -> ratio >= goal;
            case LOWER -> ratio <= goal;
        };
    }
}
