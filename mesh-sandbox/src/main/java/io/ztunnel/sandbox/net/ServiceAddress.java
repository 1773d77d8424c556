package io.ztunnel.sandbox.net;

import java.net.InetAddress;
import java.util.List;

/**
 * One port of one service address and who answers for it now.
 *
 * @param port 1 to 65535
 * @param backends the ready endpoints of the address's family; when empty, connections are refused
 */
public record ServiceAddress(
        InetAddress address, Protocol protocol, int port, List<Backend> backends) {
    /** The transport a service port speaks. */
    public enum Protocol {
        TCP("tcp"),
        UDP("udp");

        private final String keyword;

        Protocol(String keyword) {
            this.keyword = keyword;
        }

        String keyword() {
            return keyword;
        }
    }

    /** An endpoint: a pod's address and the port its process listens on. */
    public record Backend(InetAddress address, int port) {
        public Backend {
            checkPort(port);
        }
    }

    public ServiceAddress {
        checkPort(port);
        backends = List.copyOf(backends);
        for (Backend backend : backends) {
            if (backend.address().getAddress().length != address.getAddress().length) {
                throw new IllegalArgumentException(
                        "backend " + backend + " is of another family than " + address);
            }
        }
    }

    private static void checkPort(int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not within 1..65535");
        }
    }
}
