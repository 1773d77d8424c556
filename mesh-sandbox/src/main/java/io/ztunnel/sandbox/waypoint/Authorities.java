package io.ztunnel.sandbox.waypoint;

import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The authority of a CONNECT: {@code 10.0.0.1:80} or {@code [fd00::1]:80}, never a name. */
final class Authorities {
    private static final int MAX_PORT = 65535;
    private static final int MAX_CHARS = 64;

    private Authorities() {}

    /** Nothing for what is not an address and a port. */
    static @Nullable InetSocketAddress parse(CharSequence authority) {
        if (authority.length() > MAX_CHARS) {
            return null;
        }
        String text = authority.toString();
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        int port = port(text.substring(colon + 1));
        String host = text.substring(0, colon);
        if (port == 0) {
            return null;
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (!NetUtil.isValidIpV6Address(host) || host.contains("%")) {
                return null;
            }
        } else if (!NetUtil.isValidIpV4Address(host)) {
            return null;
        }
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(host);
        return address == null ? null : new InetSocketAddress(address, port);
    }

    private static int port(String text) {
        if (text.isEmpty()
                || text.length() > 5
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(text);
        return port <= MAX_PORT ? port : 0;
    }

    static String text(InetSocketAddress address) {
        return NetUtil.toSocketAddressString(address);
    }
}
