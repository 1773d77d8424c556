package io.ztunnel.routing;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

/** Whom a CONNECT asks for: an address, or a service by its host name. The port is always given. */
public sealed interface ConnectAuthority {
    /** The longest host name of DNS. */
    int MAX_HOST_LENGTH = 253;

    record Address(HostPort address) implements ConnectAuthority {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /**
     * @param hostname as received; host names are compared byte by byte
     * @param port 0-65535
     */
    record Hostname(String hostname, int port) implements ConnectAuthority {
        @Override
        public String toString() {
            return hostname + ":" + port;
        }
    }

    /**
     * Strict: {@code 10.0.0.1:80}, {@code [fd00::1]:80} or {@code name:80}. Shortened IPv4 forms
     * such as {@code 10.1} are names; IPv4-mapped IPv6 and scoped addresses are refused, because
     * they would be second spellings of a peer.
     *
     * @param text from a peer, unchecked
     * @return null when it is none of these; never throws
     */
    static @Nullable ConnectAuthority parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            return null;
        }
        int port = parsePort(text, colon + 1);
        if (port < 0) {
            return null;
        }
        if (text.charAt(0) == '[') {
            if (text.charAt(colon - 1) != ']') {
                return null;
            }
            IpAddress ip = parseV6(text.substring(1, colon - 1));
            return ip == null ? null : new Address(new HostPort(ip, port));
        }
        String host = text.substring(0, colon);
        if (isDottedQuad(host)) {
            return new Address(new HostPort(IpAddress.parse(host), port));
        }
        return isHostname(host) ? new Hostname(host, port) : null;
    }

    private static int parsePort(String text, int from) {
        int digits = text.length() - from;
        if (digits < 1 || digits > 5) {
            return -1;
        }
        int port = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            port = port * 10 + (c - '0');
        }
        return port <= 0xffff ? port : -1;
    }

    /** Four decimal numbers without leading zeros, which some would read as octal. */
    private static boolean isDottedQuad(String host) {
        int parts = 1;
        int value = -1;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '.') {
                if (value < 0) {
                    return false;
                }
                parts++;
                value = -1;
            } else if (c >= '0' && c <= '9' && value != 0) {
                value = Math.max(value, 0) * 10 + (c - '0');
                if (value > 255) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return parts == 4 && value >= 0;
    }

    private static @Nullable IpAddress parseV6(String literal) {
        boolean colon = false;
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            colon |= c == ':';
            if (c != ':' && c != '.' && Character.digit(c, 16) < 0 || c > '~') {
                return null;
            }
        }
        if (!colon) {
            return null;
        }
        try {
            IpAddress ip = IpAddress.parse(literal);
            return ip.isV4() ? null : ip;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Letters, digits and what service names add to them; nothing of URIs, such as user info. */
    private static boolean isHostname(String host) {
        if (host.length() > MAX_HOST_LENGTH) {
            return false;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean allowed =
                    c >= 'a' && c <= 'z'
                            || c >= 'A' && c <= 'Z'
                            || c >= '0' && c <= '9'
                            || c == '.'
                            || c == '-'
                            || c == '_'
                            || c == '*';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }
}
