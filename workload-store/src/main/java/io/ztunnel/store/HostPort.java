package io.ztunnel.store;

import java.net.InetSocketAddress;

/**
 * An IP address and a TCP port (0-65535), printed as {@code 10.0.0.1:80} or {@code [fd00::1]:80}.
 */
public record HostPort(IpAddress ip, int port) {
    public static HostPort of(InetSocketAddress address) {
        return new HostPort(IpAddress.of(address.getAddress()), address.getPort());
    }

    public InetSocketAddress toSocketAddress() {
        return new InetSocketAddress(ip.toInetAddress(), port);
    }

    @Override
    public String toString() {
        return ip.isV4() ? ip + ":" + port : "[" + ip + "]:" + port;
    }
}
