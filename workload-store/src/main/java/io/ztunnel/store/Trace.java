package io.ztunnel.store;

import java.util.function.Supplier;

/**
 * Receives the reasons of a decision, step by step. On the data path it is {@link #NONE}, which
 * never asks for the text, so reasons cost nothing where nobody reads them.
 */
@FunctionalInterface
public interface Trace {
    Trace NONE = (step, detail) -> {};

    /**
     * @param step a short stable name of what was considered, such as {@code service-waypoint}
     * @param detail the outcome in words; computed only when somebody listens
     */
    void step(String step, Supplier<String> detail);
}
