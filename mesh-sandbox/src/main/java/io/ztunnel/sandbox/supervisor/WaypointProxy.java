package io.ztunnel.sandbox.supervisor;

import java.nio.file.Path;

/** What runs in the pods of waypoints. */
public sealed interface WaypointProxy {
    /** The sandbox's own, on stock Netty codecs. */
    record Embedded() implements WaypointProxy {}

    /**
     * A real Envoy.
     *
     * @param program the binary
     */
    record Envoy(Path program) implements WaypointProxy {}
}
