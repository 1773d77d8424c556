package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.IpLiteral;

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
        return IpLiteral.parse(address).map(bytes -> bytes.length == 4 ? IPV4 : IPV6);
    }
}
