package io.ztunnel.sandbox.cluster;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/** The two kinds of IP address. */
public enum IpFamily {
    IPV4("IPv4"),
    IPV6("IPv6");

    private final String text;

    IpFamily(String text) {
        this.text = text;
    }

    /** As in a Service's {@code ipFamilies}. */
    public String text() {
        return text;
    }

    static Optional<IpFamily> named(String text) {
        return switch (text) {
            case "IPv4" -> Optional.of(IPV4);
            case "IPv6" -> Optional.of(IPV6);
            default -> Optional.empty();
        };
    }

    /** Empty when the text is no IP address. */
    public static Optional<IpFamily> ofAddress(String address) {
        try {
            return Optional.of(
                    InetAddress.ofLiteral(address) instanceof Inet4Address ? IPV4 : IPV6);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
