package io.ztunnel.policy;

/** The outcome of an authorization. */
public sealed interface Verdict {
    record Allowed() implements Verdict {
        public static final Allowed INSTANCE = new Allowed();
    }

    /** A DENY policy matched; {@code policy} is its {@code namespace/name}. */
    record DeniedBy(String policy) implements Verdict {}

    /** ALLOW policies exist for the workload, and none of them matched. */
    record NoneAllowed() implements Verdict {
        public static final NoneAllowed INSTANCE = new NoneAllowed();
    }

    default boolean allowed() {
        return this instanceof Allowed;
    }

    /**
     * In the words of the reference ztunnel's access log, where they follow {@code connection
     * closed due to policy rejection: }.
     */
    default String text() {
        return switch (this) {
            case Allowed _ -> "allowed";
            case DeniedBy denied -> "explicitly denied by: " + denied.policy();
            case NoneAllowed _ -> "allow policies exist, but none allowed";
        };
    }
}
