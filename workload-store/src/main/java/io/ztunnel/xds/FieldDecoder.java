package io.ztunnel.xds;

import com.google.protobuf.ByteString;

import io.ztunnel.store.Cidr;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.Interner;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.PortMap;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pieces that several resources have in common. It shares equal values, since most of a large
 * mesh repeats; so it belongs to one thread.
 */
final class FieldDecoder {
    private static final int UINT16 = 0xffff;

    private final Interner<String> strings = new Interner<>();
    private final Interner<Object> values = new Interner<>();

    String shared(String text) {
        return text.isEmpty() ? "" : strings.intern(text);
    }

    String shared(String text, String whenEmpty) {
        return text.isEmpty() ? whenEmpty : strings.intern(text);
    }

    @SuppressWarnings("unchecked") // equal to the argument, and only values of one class are
    <T> T shared(T value) {
        return (T) values.intern(value);
    }

    IpAddress ip(String field, ByteString bytes) throws InvalidResourceException {
        if (bytes.size() != 4 && bytes.size() != 16) {
            throw new InvalidResourceException(
                    field, hex(bytes), "an IP address has 4 or 16 bytes, not " + bytes.size());
        }
        return IpAddress.of(bytes.toByteArray());
    }

    /**
     * @param length unsigned
     */
    Cidr cidr(String field, ByteString bytes, int length) throws InvalidResourceException {
        IpAddress ip = ip(field, bytes);
        long prefix = Integer.toUnsignedLong(length);
        int max = bytes.size() * Byte.SIZE;
        // An IPv4-mapped address counts its prefix from the start of its 16 bytes.
        int skipped = max - ip.bits();
        if (prefix > max || prefix < skipped) {
            throw new InvalidResourceException(
                    field,
                    ip + "/" + prefix,
                    "a prefix length of this address is " + skipped + "-" + max);
        }
        return new Cidr(ip, (int) prefix - skipped);
    }

    NetworkAddress networkAddress(String field, io.ztunnel.api.workload.NetworkAddress address)
            throws InvalidResourceException {
        return new NetworkAddress(shared(address.getNetwork()), ip(field, address.getAddress()));
    }

    /** An optional field; null when it is not there. */
    @Nullable GatewayAddress gateway(
            String field, boolean present, io.ztunnel.api.workload.GatewayAddress gateway)
            throws InvalidResourceException {
        return present ? gateway(field, gateway) : null;
    }

    GatewayAddress gateway(String field, io.ztunnel.api.workload.GatewayAddress gateway)
            throws InvalidResourceException {
        GatewayAddress.Destination destination =
                switch (gateway.getDestinationCase()) {
                    case HOSTNAME ->
                            new GatewayAddress.ByHostname(
                                    new NamespacedHostname(
                                            shared(gateway.getHostname().getNamespace()),
                                            shared(gateway.getHostname().getHostname())));
                    case ADDRESS ->
                            new GatewayAddress.ByAddress(
                                    networkAddress(field + ".address", gateway.getAddress()));
                    case DESTINATION_NOT_SET ->
                            throw new InvalidResourceException(
                                    field,
                                    "without destination",
                                    "a gateway is a hostname or an address");
                };
        return shared(new GatewayAddress(destination, port(gateway.getHboneMtlsPort())));
    }

    PortMap ports(List<io.ztunnel.api.workload.Port> ports) {
        if (ports.isEmpty()) {
            return PortMap.EMPTY;
        }
        Map<Integer, Integer> targets = new LinkedHashMap<>();
        for (io.ztunnel.api.workload.Port port : ports) {
            targets.put(port(port.getServicePort()), port(port.getTargetPort()));
        }
        return shared(PortMap.of(targets));
    }

    /** The wire has 32 bits for it; more than 16 are cut off, as the reference ztunnel does. */
    static int port(int wire) {
        return wire & UINT16;
    }

    /** A value that the schema we know does not name. */
    static InvalidResourceException unknown(String field, int number) {
        return new InvalidResourceException(
                field, Integer.toString(number), "not a value that this version knows");
    }

    private static String hex(ByteString bytes) {
        int shown = Math.min(bytes.size(), 20);
        return "0x"
                + HexFormat.of().formatHex(bytes.substring(0, shown).toByteArray())
                + (shown < bytes.size() ? "…" : "");
    }
}
