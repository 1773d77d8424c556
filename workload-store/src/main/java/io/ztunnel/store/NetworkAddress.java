package io.ztunnel.store;

/**
 * An address in a network; "" is the default network.
 *
 * @see #toString the form that dumps and YAML use: {@code network/ip}, {@code /ip} in the default
 *     one
 */
public record NetworkAddress(String network, IpAddress ip) {
    @Override
    public String toString() {
        return network + "/" + ip;
    }
}
