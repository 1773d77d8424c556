package io.ztunnel.routing;

import java.util.Arrays;

/**
 * The ports on which ztunnel listens inside a pod. Nobody is ever connected to them through
 * ztunnel: that would be a loop, or a trampoline past capture.
 */
public final class OwnPorts {
    private final int[] ports;

    private OwnPorts(int[] ports) {
        this.ports = ports;
    }

    public static OwnPorts of(int... ports) {
        return new OwnPorts(ports.clone());
    }

    public boolean contains(int port) {
        for (int own : ports) {
            if (own == port) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OwnPorts own && Arrays.equals(own.ports, ports);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ports);
    }

    @Override
    public String toString() {
        return Arrays.toString(ports);
    }
}
