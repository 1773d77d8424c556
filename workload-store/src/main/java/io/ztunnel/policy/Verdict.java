package io.ztunnel.policy;

/** The outcome of an authorization. */
public sealed interface Verdict {
    record Allowed() implements Verdict {
        public static final Allowed INSTANCE = new Allowed();
    }

    /** A DENY policy matched; {@code policy} is its {@code namespace/name}. */
    record DeniedBy(String policy) implements Verdict {}

    /** ALLOW policies exist for the workload, and none of them matched. */
    record NoneAllowed() implements Verdict {}

    default boolean allowed() {
        return this instanceof Allowed;
    }
}
