package io.ztunnel.sandbox.supervisor;

import io.netty.util.NetUtil;

import java.net.InetAddress;
import java.util.Optional;

/** Values of manifests that are only used when they are what they should be. */
final class Literals {
    private Literals() {}

    static Optional<InetAddress> address(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** As RFC 5952 writes it. */
    static String text(InetAddress address) {
        return NetUtil.toAddressString(address);
    }

    static boolean isPort(int number) {
        return number >= 1 && number <= 65535;
    }
}
