package io.ztunnel.sandbox.waypoint.request;

/** A request that nobody should act on; the message says why. */
public final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1L;

    public BadRequestException(String why) {
        super(why);
    }
}
