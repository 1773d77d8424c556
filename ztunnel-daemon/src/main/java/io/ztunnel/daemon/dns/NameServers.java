package io.ztunnel.daemon.dns;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The name servers there are, the quickest first. Confined to one loop. */
final class NameServers {
    /** The share of one answer in what is thought of a server. */
    private static final double WEIGHT = 0.3;

    /** What is thought of a server gets better with time, so that it is tried again. */
    private static final double FORGIVEN = 0.98;

    static final class NameServer {
        private final InetSocketAddress address;
        private double latency;

        private NameServer(InetSocketAddress address) {
            this.address = address;
        }

        InetSocketAddress address() {
            return address;
        }

        /**
         * @param nanos also of waiting in vain
         */
        void took(long nanos) {
            latency += WEIGHT * (nanos - latency);
        }
    }

    private final List<NameServer> servers;

    NameServers(List<InetSocketAddress> addresses) {
        servers = addresses.stream().map(NameServer::new).toList();
    }

    boolean isEmpty() {
        return servers.isEmpty();
    }

    /** Those of equal speed in the order of the configuration. */
    List<NameServer> inOrder() {
        for (NameServer server : servers) {
            server.latency *= FORGIVEN;
        }
        List<NameServer> ordered = new ArrayList<>(servers);
        ordered.sort(Comparator.comparingDouble(server -> server.latency));
        return ordered;
    }
}
