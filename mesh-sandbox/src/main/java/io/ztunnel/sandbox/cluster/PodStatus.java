package io.ztunnel.sandbox.cluster;

/**
 * What the node knows of a pod.
 *
 * @param phase of its processes
 * @param ready whether Services may send to it
 * @param captured whether the node agent has handed its network namespace to ztunnel and got the
 *     acknowledgement
 */
public record PodStatus(Phase phase, boolean ready, boolean captured) {
    /** A pod whose processes have not been started yet. */
    public static final PodStatus PENDING = new PodStatus(Phase.PENDING, false, false);

    /** As in a Pod's {@code status.phase}. */
    public enum Phase {
        PENDING("Pending"),
        RUNNING("Running"),
        SUCCEEDED("Succeeded"),
        FAILED("Failed");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
