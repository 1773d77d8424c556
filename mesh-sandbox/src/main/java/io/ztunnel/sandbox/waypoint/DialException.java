package io.ztunnel.sandbox.waypoint;

import java.io.IOException;

/** An endpoint could not be reached; the message says why. */
final class DialException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String upstream;
    private final boolean worthAnother;

    /**
     * @param upstream whom, or "-"
     * @param worthAnother whether another endpoint may well answer: not so when it was a policy
     */
    DialException(String upstream, boolean worthAnother, String why, Throwable cause) {
        super(why, cause);
        this.upstream = upstream;
        this.worthAnother = worthAnother;
    }

    DialException(String upstream, boolean worthAnother, String why) {
        super(why);
        this.upstream = upstream;
        this.worthAnother = worthAnother;
    }

    static DialException noEndpoint() {
        return new DialException("-", false, "no healthy endpoint");
    }

    String upstream() {
        return upstream;
    }

    boolean worthAnother() {
        return worthAnother;
    }
}
