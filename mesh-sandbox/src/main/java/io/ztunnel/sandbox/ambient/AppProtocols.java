package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.AppProtocol;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.Locale;
import java.util.Set;

/** The protocol of a Service port, from its {@code appProtocol} or else from its name. */
final class AppProtocols {
    /**
     * Protocols that Istio knows and WDS has no value for; they are not guessed from the port
     * number.
     */
    private static final Set<String> KNOWN_ELSEWHERE =
            Set.of("mongo", "redis", "mysql", "grpc-web", "hbone", "udp", "http_proxy");

    /** SMTP, DNS, MySQL and MongoDB: the server speaks first, so nobody may sniff. */
    private static final Set<Integer> SERVER_FIRST = Set.of(25, 53, 3306, 27017);

    private AppProtocols() {}

    static AppProtocol of(Tree port) {
        if (port.text("protocol").equals("UDP")) {
            return AppProtocol.UNKNOWN;
        }
        String text = port.string("appProtocol").orElseGet(() -> port.text("name"));
        return of(text, port.integer("port").orElse(0));
    }

    private static AppProtocol of(String text, int port) {
        String protocol =
                switch (text) {
                    case "kubernetes.io/h2c" -> "http2";
                    case "kubernetes.io/ws" -> "http";
                    case "kubernetes.io/wss" -> "https";
                    default -> prefix(text.toLowerCase(Locale.ROOT));
                };
        AppProtocol known = named(protocol);
        boolean guessed =
                known == AppProtocol.UNKNOWN
                        && SERVER_FIRST.contains(port)
                        && !KNOWN_ELSEWHERE.contains(protocol);
        return guessed ? AppProtocol.TCP : known;
    }

    /** Of the whole text, in any case, as a ServiceEntry's port has it. */
    static AppProtocol named(String protocol) {
        return switch (protocol.toLowerCase(Locale.ROOT)) {
            case "http" -> AppProtocol.HTTP11;
            case "http2" -> AppProtocol.HTTP2;
            case "grpc" -> AppProtocol.GRPC;
            case "https", "tls" -> AppProtocol.TLS;
            case "tcp" -> AppProtocol.TCP;
            default -> AppProtocol.UNKNOWN;
        };
    }

    private static String prefix(String text) {
        if (text.startsWith("grpc-web")) {
            return "grpc-web";
        }
        int dash = text.indexOf('-');
        return dash < 0 ? text : text.substring(0, dash);
    }
}
