package io.ztunnel.store;

/**
 * A block of addresses. The address keeps its host bits, as istiod sends them; they do not take
 * part in {@link #contains}.
 *
 * @param prefixLength 0-32 for IPv4, 0-128 for IPv6
 */
public record Cidr(IpAddress address, int prefixLength) {
    public Cidr {
        if (prefixLength < 0 || prefixLength > address.bits()) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + " is not in 0-" + address.bits());
        }
    }

    /**
     * @param text {@code 10.0.0.0/8}, or an address alone for a single host
     * @throws IllegalArgumentException when it is neither
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            IpAddress ip = IpAddress.parse(text);
            return new Cidr(ip, ip.bits());
        }
        try {
            return new Cidr(
                    IpAddress.parse(text.substring(0, slash)),
                    Integer.parseInt(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a CIDR block: " + text, e);
        }
    }

    /** Families never match each other. */
    public boolean contains(IpAddress ip) {
        if (ip.isV4() != address.isV4()) {
            return false;
        }
        int length = prefixLength + (address.isV4() ? 96 : 0);
        long highMask = length >= 64 ? -1L : length == 0 ? 0 : -1L << 64 - length;
        long lowMask = length <= 64 ? 0 : -1L << 128 - length;
        return ((ip.high() ^ address.high()) & highMask) == 0
                && ((ip.low() ^ address.low()) & lowMask) == 0;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
