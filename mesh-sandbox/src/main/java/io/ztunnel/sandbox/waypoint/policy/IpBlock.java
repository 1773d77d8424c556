package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.manifest.IpLiteral;

import java.net.InetAddress;
import java.util.Optional;

/** An address or a CIDR block of a policy. */
public sealed interface IpBlock {
    /** Not to be read: nobody can say who is meant. */
    record Unreadable() implements IpBlock {}

    /**
     * @param bits that count, from the front
     */
    record Block(byte[] address, int bits) implements IpBlock {}

    static IpBlock parse(String text) {
        int slash = text.indexOf('/');
        Optional<byte[]> address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return new Unreadable();
        }
        int all = address.get().length * 8;
        if (slash < 0) {
            return new Block(address.get(), all);
        }
        String length = text.substring(slash + 1);
        return length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= all
                ? new Block(address.get(), Integer.parseInt(length))
                : new Unreadable();
    }

    default Outcome outcome(InetAddress address) {
        return switch (this) {
            case Unreadable() -> Outcome.UNKNOWN;
            case Block(byte[] block, int bits) ->
                    Outcome.of(samePrefix(block, address.getAddress(), bits));
        };
    }

    private static boolean samePrefix(byte[] a, byte[] b, int bits) {
        if (a.length != b.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit & 7);
            if (((a[bit >> 3] ^ b[bit >> 3]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
