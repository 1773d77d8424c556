package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;

/**
 * How a scenario went in one family.
 *
 * @param reason of a failure or a difference, or what was measured, in one line
 */
public record Result(Scenario scenario, Family family, Verdict verdict, String reason) {
    /** What became of a scenario. */
    public enum Verdict {
        PASSED("passed"),
        FAILED("failed"),
        /** It fails where it is known to, for a reason that is written down. */
        DIFFERENCE("documented difference");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}
