package io.ztunnel.sandbox.waypoint.policy;

/** What the policies say. */
public sealed interface Verdict {
    record Allowed() implements Verdict {}

    /**
     * @param policy {@code namespace/name} of the policy that denied; "" when none of those that
     *     allow did
     */
    record Denied(String policy) implements Verdict {
        /** For the log. */
        public String reason() {
            return policy.isEmpty() ? "no ALLOW policy matches" : "denied by " + policy;
        }
    }
}
