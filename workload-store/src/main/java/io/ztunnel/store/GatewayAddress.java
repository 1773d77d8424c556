package io.ztunnel.store;

/**
 * A reference to a waypoint or a network gateway.
 *
 * @param hbonePort the HBONE port to ask the referenced service or workload for
 */
public record GatewayAddress(Destination destination, int hbonePort) {
    /** Either form prints as dumps show it: {@code namespace/hostname} or {@code network/ip}. */
    public sealed interface Destination {}

    public record ByHostname(NamespacedHostname name) implements Destination {
        @Override
        public String toString() {
            return name.toString();
        }
    }

    public record ByAddress(NetworkAddress address) implements Destination {
        @Override
        public String toString() {
            return address.toString();
        }
    }
}
