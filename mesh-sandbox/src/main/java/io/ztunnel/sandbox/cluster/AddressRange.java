package io.ztunnel.sandbox.cluster;

import java.math.BigInteger;
import java.net.InetAddress;

/**
 * A block of addresses in CIDR notation.
 *
 * @param network the first address, as a number
 * @param prefix its length in bits
 */
public record AddressRange(IpFamily family, BigInteger network, int prefix) {

    /**
     * @param cidr like {@code 10.4.0.0/16}; host bits are cleared
     * @throws IllegalArgumentException when it is none
     */
    public static AddressRange parse(String cidr) {
        int slash = cidr.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a CIDR block: " + cidr);
        }
        String address = cidr.substring(0, slash);
        IpFamily family =
                IpFamily.ofAddress(address)
                        .orElseThrow(
                                () -> new IllegalArgumentException("not a CIDR block: " + cidr));
        int prefix = Integer.parseInt(cidr.substring(slash + 1));
        int hostBits = bits(family) - prefix;
        if (prefix < 0 || hostBits < 0) {
            throw new IllegalArgumentException("not a CIDR block: " + cidr);
        }
        BigInteger network = number(address).shiftRight(hostBits).shiftLeft(hostBits);
        return new AddressRange(family, network, prefix);
    }

    /** Number of addresses, at most 2^62. */
    public long size() {
        return 1L << Math.min(bits(family) - prefix, 62);
    }

    public boolean contains(String address) {
        return IpFamily.ofAddress(address).filter(family::equals).isPresent()
                && number(address)
                        .shiftRight(bits(family) - prefix)
                        .equals(network.shiftRight(bits(family) - prefix));
    }

    /** The address that many after the first, in its usual text form. */
    public String address(long offset) {
        byte[] raw = network.add(BigInteger.valueOf(offset)).toByteArray();
        byte[] bytes = new byte[bits(family) / 8];
        int length = Math.min(raw.length, bytes.length);
        System.arraycopy(raw, raw.length - length, bytes, bytes.length - length, length);
        return Addresses.text(bytes);
    }

    private static int bits(IpFamily family) {
        return family == IpFamily.IPV4 ? 32 : 128;
    }

    private static BigInteger number(String address) {
        return new BigInteger(1, InetAddress.ofLiteral(address).getAddress());
    }

    @Override
    public String toString() {
        return address(0) + "/" + prefix;
    }
}
