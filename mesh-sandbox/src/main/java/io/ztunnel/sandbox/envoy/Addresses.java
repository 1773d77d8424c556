package io.ztunnel.sandbox.envoy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** Addresses as Envoy writes and reads them. */
final class Addresses {
    private Addresses() {}

    static String host(InetAddress address) {
        return address.getHostAddress();
    }

    /** With brackets around IPv6. */
    static String text(InetSocketAddress address) {
        String host = host(address.getAddress());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    static Map<String, Object> socket(String host, int port) {
        return Proto.of("socket_address", Proto.of("address", host, "port_value", port));
    }

    /** A block that holds nothing but this. */
    static Map<String, Object> block(InetAddress address) {
        return block(address, address.getAddress().length * 8);
    }

    static Map<String, Object> block(InetAddress address, int bits) {
        return Proto.of("address_prefix", host(address), "prefix_len", bits);
    }

    /** An internal listener of this Envoy. */
    static Map<String, Object> internal(String listener, String endpoint) {
        Map<String, Object> address = Proto.of("server_listener_name", listener);
        if (!endpoint.isEmpty()) {
            address.put("endpoint_id", endpoint);
        }
        return Proto.of("envoy_internal_address", address);
    }
}
