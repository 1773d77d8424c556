package io.ztunnel.daemon.config;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import java.util.List;

/** Where a listener binds. */
public sealed interface ListenAddress {
    IpAddress V4_LOOPBACK = IpAddress.parse("127.0.0.1");
    IpAddress V6_LOOPBACK = IpAddress.parse("::1");

    /** One address. */
    record Socket(HostPort address) implements ListenAddress {
        @Override
        public int port() {
            return address.port();
        }

        @Override
        public List<HostPort> addresses() {
            return List.of(address);
        }
    }

    /**
     * 127.0.0.1 and, when IPv6 can be used, ::1.
     *
     * @param ipv6 as known for our own namespace; a pod's namespace may only lack it in addition
     */
    record Localhost(boolean ipv6, int port) implements ListenAddress {
        @Override
        public List<HostPort> addresses() {
            HostPort v4 = new HostPort(V4_LOOPBACK, port);
            return ipv6 ? List.of(v4, new HostPort(V6_LOOPBACK, port)) : List.of(v4);
        }
    }

    int port();

    /** What to bind, in this order. */
    List<HostPort> addresses();

    /** {@code [::]} when IPv6 is enabled (dual stack), else {@code 0.0.0.0}. */
    static Socket wildcard(boolean ipv6, int port) {
        return new Socket(new HostPort(IpAddress.parse(ipv6 ? "::" : "0.0.0.0"), port));
    }

    /**
     * @param text {@code localhost:port} or {@code ip:port} (IPv6 in brackets)
     * @throws IllegalArgumentException for anything else
     */
    static ListenAddress parse(String text, boolean ipv6) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("no port: " + text);
        }
        int port = Texts.integer(text.substring(colon + 1), 0, 65_535);
        String host = text.substring(0, colon);
        if (host.equals("localhost")) {
            return new Localhost(ipv6, port);
        }
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (!bracketed && host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("IPv6 needs brackets: " + text);
        }
        String ip = bracketed ? host.substring(1, host.length() - 1) : host;
        return new Socket(new HostPort(IpAddress.parse(ip), port));
    }
}
