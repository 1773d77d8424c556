package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.ApplicationTunnel;

import java.util.Optional;

/**
 * How a captured proxy wants the traffic that its ztunnel took out of HBONE.
 *
 * @param protocol with or without a PROXY header
 * @param port 0 keeps the destination port
 */
record InboundBinding(ApplicationTunnel.Protocol protocol, int port) {
    static final String ANNOTATION = "ambient.istio.io/waypoint-inbound-binding";

    /** {@code PROTO} or {@code PROTO/port}; empty for a protocol that does not exist. */
    static Optional<InboundBinding> parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length > 2) {
            return Optional.empty();
        }
        Optional<ApplicationTunnel.Protocol> protocol =
                switch (parts[0]) {
                    case "NONE" -> Optional.of(ApplicationTunnel.Protocol.NONE);
                    case "PROXY" -> Optional.of(ApplicationTunnel.Protocol.PROXY);
                    default -> Optional.empty();
                };
        int port = parts.length == 2 ? Ports.parse(parts[1]).orElse(0) : 0;
        return protocol.map(p -> new InboundBinding(p, port));
    }

    boolean isProxy() {
        return protocol == ApplicationTunnel.Protocol.PROXY;
    }

    ApplicationTunnel toProto() {
        return ApplicationTunnel.newBuilder().setProtocol(protocol).setPort(port).build();
    }
}
