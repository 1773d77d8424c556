package io.ztunnel.bench.workload;

import io.ztunnel.bench.report.Results;

import java.io.IOException;
import java.time.Duration;

/** Something that both candidates go through, one after the other, round by round. */
public interface Workload {
    String id();

    /** One line for who watches. */
    String title();

    /** Makes caches and compilers warm; what it takes is not counted. */
    default void warmUp(Stage stage, Duration duration) throws IOException {}

    /** One round with one candidate: adds a value to each of its figures. */
    void measure(Stage stage, Timing timing, Results results) throws IOException;

    /** After the last round. */
    default void coolDown(Stage stage) throws IOException {}

    /** So many rounds, where one shows as much as five. */
    default int rounds(Timing timing) {
        return timing.rounds();
    }
}
