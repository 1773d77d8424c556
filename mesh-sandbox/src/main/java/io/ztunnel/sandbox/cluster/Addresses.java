package io.ztunnel.sandbox.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** IP addresses as text. */
final class Addresses {
    private Addresses() {}

    /** Dotted, or RFC 5952: lower case, the longest run of zero groups shortened. */
    static String text(byte[] bytes) {
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            return bytes.length == 4 ? address.getHostAddress() : compressed(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are always an address", e);
        }
    }

    /** One spelling per address, so that texts can be compared. */
    static String canonical(String address) {
        return text(InetAddress.ofLiteral(address).getAddress());
    }

    /** The addresses of a comma-separated list; what is none is left out. */
    static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(a -> IpFamily.ofAddress(a).isPresent())
                .map(Addresses::canonical)
                .toList();
    }

    private static String compressed(byte[] bytes) {
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened
        for (int start = 0; start < 8; start++) {
            int length = 0;
            while (start + length < 8 && group(bytes, start + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = start;
                bestLength = length;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
                text.append(first ? "" : ":").append(Integer.toHexString(group(bytes, i)));
            }
        }
        return text.toString();
    }

    private static int group(byte[] bytes, int i) {
        return (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
}
