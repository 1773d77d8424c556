package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.sandbox.manifest.IpLiteral;

import java.util.Optional;

/** An IP address, or a CIDR block, as the address of a service. */
final class AddressBlock {
    private AddressBlock() {}

    /** A block has its host bits cleared, and a length unless it is one address. */
    static Optional<NetworkAddress> parse(String text, String network) {
        int slash = text.indexOf('/');
        Optional<byte[]> bytes = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0 || bytes.isEmpty()) {
            return bytes.map(b -> address(b, network).build());
        }
        int bits = bytes.get().length * 8;
        return Ports.parse(text.substring(slash + 1))
                .filter(length -> length <= bits)
                .map(length -> block(bytes.get(), length, bits, network));
    }

    private static NetworkAddress block(byte[] bytes, int length, int bits, String network) {
        for (int bit = length; bit < bits; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        NetworkAddress.Builder address = address(bytes, network);
        return length == bits ? address.build() : address.setLength(length).build();
    }

    private static NetworkAddress.Builder address(byte[] bytes, String network) {
        return NetworkAddress.newBuilder()
                .setNetwork(network)
                .setAddress(ByteString.copyFrom(bytes));
    }
}
