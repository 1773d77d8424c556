package io.ztunnel.store;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address in 16 bytes of state. An IPv4-mapped IPv6 address is always held as IPv4,
 * so that two spellings of one peer are equal.
 */
public final class IpAddress implements Comparable<IpAddress> {
    private static final long MAPPED_PREFIX = 0x0000_ffff_0000_0000L;
    private static final long V4_MASK = 0xffff_ffffL;

    private final long high;
    private final long low;

    private IpAddress(long high, long low) {
        this.high = high;
        this.low = low;
    }

    /**
     * @param bytes 4 or 16 bytes, network order
     * @throws IllegalArgumentException for any other length
     */
    public static IpAddress of(byte[] bytes) {
        return switch (bytes.length) {
            case 4 -> new IpAddress(0, MAPPED_PREFIX | readBytes(bytes, 0, 4));
            case 16 -> new IpAddress(readBytes(bytes, 0, 8), readBytes(bytes, 8, 8));
            default ->
                    throw new IllegalArgumentException(
                            "an IP address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /** Scope ids are dropped. */
    public static IpAddress of(InetAddress address) {
        return of(address.getAddress());
    }

    /**
     * @param text an IP literal; host names are never looked up
     * @throws IllegalArgumentException when the text is not an IP literal
     */
    public static IpAddress parse(String text) {
        try {
            return of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not an IP address: " + text, e);
        }
    }

    private static long readBytes(byte[] bytes, int from, int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) {
            value = value << 8 | (bytes[i] & 0xff);
        }
        return value;
    }

    public boolean isV4() {
        return high == 0 && (low & ~V4_MASK) == MAPPED_PREFIX;
    }

    public boolean isLoopback() {
        return isV4() ? (low & 0xff00_0000L) == 0x7f00_0000L : high == 0 && low == 1;
    }

    /** The first 64 bits; 0 for IPv4. */
    public long high() {
        return high;
    }

    /** The last 64 bits; an IPv4 address in its mapped form. */
    public long low() {
        return low;
    }

    /** 32 or 128. */
    public int bits() {
        return isV4() ? 32 : 128;
    }

    /** 4 or 16 bytes, network order. */
    public byte[] toBytes() {
        int length = isV4() ? 4 : 16;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int fromEnd = length - 1 - i;
            long word = fromEnd < 8 ? low : high;
            bytes[i] = (byte) (word >>> (fromEnd % 8 * 8));
        }
        return bytes;
    }

    /** This address with all bits after the prefix cleared; the family stays. */
    public IpAddress masked(int prefixLength) {
        int length = prefixLength + (isV4() ? 96 : 0);
        long highMask = length >= 64 ? -1L : length == 0 ? 0 : -1L << 64 - length;
        long lowMask = length <= 64 ? 0 : -1L << 128 - length;
        return new IpAddress(high & highMask, low & lowMask);
    }

    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(toBytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are always an address", e);
        }
    }

    @Override
    public int compareTo(IpAddress other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress ip && ip.high == high && ip.low == low;
    }

    @Override
    public int hashCode() {
        long mixed = (high * 31 + low) * 0x9e37_79b9_7f4a_7c15L;
        return (int) (mixed >>> 32);
    }

    /** Dotted for IPv4, RFC 5952 for IPv6. */
    @Override
    public String toString() {
        InetAddress address = toInetAddress();
        return address instanceof Inet4Address ? address.getHostAddress() : compressed();
    }

    private String compressed() {
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            long word = i < 4 ? high : low;
            groups[i] = (int) (word >>> (3 - i % 4) * 16) & 0xffff;
        }
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && groups[i + length] == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
            i += length;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
