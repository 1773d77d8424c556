package io.ztunnel.sandbox.envoy;

import java.util.List;
import java.util.Map;

/**
 * What stays as it is while an Envoy runs: the port that takes tunnels, the way back into tunnels,
 * and where all else comes from.
 *
 * @param gateway {@code namespace/name}
 * @param pod its name
 * @param trustDomain of those who are let in, and of those who are dialled
 */
record Bootstrap(String gateway, String pod, String trustDomain, EnvoyFiles files) {
    static final int ADMIN_PORT = 15000;
    static final int HBONE_PORT = 15008;

    private static final String PEER_URI = "%DOWNSTREAM_PEER_URI_SAN%";
    private static final String STRING = "envoy.hashable_string";

    Map<String, Object> message() {
        return Proto.of(
                "node",
                Proto.of("id", pod, "cluster", gateway),
                "admin",
                Proto.of("address", Addresses.socket("127.0.0.1", ADMIN_PORT)),
                "bootstrap_extensions",
                List.of(
                        Proto.extension(
                                "envoy.bootstrap.internal_listener",
                                "envoy.extensions.bootstrap.internal_listener.v3"
                                        + ".InternalListener")),
                "static_resources",
                Proto.of(
                        "listeners",
                        List.of(terminate(), originate()),
                        "clusters",
                        List.of(mainInternal(), connectOriginate())),
                "dynamic_resources",
                Proto.of(
                        "lds_config", files.source(EnvoyFiles.LISTENERS),
                        "cds_config", files.source(EnvoyFiles.CLUSTERS)));
    }

    /** The port of the pod. */
    private Map<String, Object> terminate() {
        // All of IPv6 and, since the socket is not v6-only, of IPv4.
        Map<String, Object> address =
                Proto.of(
                        "socket_address",
                        Proto.of("address", "::", "port_value", HBONE_PORT, "ipv4_compat", true));
        return Proto.of(
                "name",
                "connect_terminate",
                "address",
                address,
                "connection_balance_config",
                Proto.of("exact_balance", Proto.of()),
                "filter_chains",
                List.of(
                        Proto.of(
                                "transport_socket",
                                Proto.extension(
                                        "envoy.transport_sockets.tls",
                                        "envoy.extensions.transport_sockets.tls.v3"
                                                + ".DownstreamTlsContext",
                                        "require_client_certificate",
                                        true,
                                        "common_tls_context",
                                        commonTls()),
                                "filters",
                                List.of(HttpManagers.of(tunnels())))));
    }

    private static Map<String, Object> tunnels() {
        Map<String, Object> connect =
                Proto.of("upgrade_type", "CONNECT", "connect_config", Proto.of());
        return Proto.of(
                "stat_prefix",
                "connect_terminate",
                "codec_type",
                "HTTP2",
                "use_remote_address",
                false,
                "stream_idle_timeout",
                "0s",
                "http2_protocol_options",
                Proto.of(
                        "allow_connect",
                        true,
                        "max_concurrent_streams",
                        100,
                        "connection_keepalive",
                        Proto.of("interval", "10s", "timeout", "20s")),
                "upgrade_configs",
                List.of(Proto.of("upgrade_type", "CONNECT")),
                "route_config",
                Proto.of(
                        "name",
                        "terminate",
                        "virtual_hosts",
                        List.of(
                                Proto.of(
                                        "name",
                                        "any",
                                        "domains",
                                        List.of("*"),
                                        "routes",
                                        List.of(
                                                Proto.of(
                                                        "match",
                                                        Proto.of("connect_matcher", Proto.of()),
                                                        "route",
                                                        Proto.of(
                                                                "cluster",
                                                                MainListener.NAME,
                                                                "timeout",
                                                                "0s",
                                                                "upgrade_configs",
                                                                List.of(connect))))))),
                "http_filters",
                List.of(handedOn(), HttpManagers.router()));
    }

    /**
     * What the inner listener knows of the tunnel. The identity is hashable, so that no connection
     * to an endpoint is shared by two of them.
     */
    private static Map<String, Object> handedOn() {
        return Proto.extension(
                "connect_authority",
                "envoy.extensions.filters.http.set_filter_state.v3.Config",
                "on_request_headers",
                List.of(
                        state(
                                "envoy.filters.listener.original_dst.local_ip",
                                "",
                                "%REQ(:AUTHORITY)%"),
                        state(
                                "envoy.filters.listener.original_dst.remote_ip",
                                "",
                                "%DOWNSTREAM_REMOTE_ADDRESS%"),
                        state(RbacConditions.PEER, STRING, PEER_URI)));
    }

    private static Map<String, Object> state(String key, String factory, String format) {
        Map<String, Object> value = Proto.of("object_key", key);
        if (!factory.isEmpty()) {
            value.put("factory_key", factory);
        }
        value.put(
                "format_string", Proto.of("text_format_source", Proto.of("inline_string", format)));
        value.put("shared_with_upstream", "ONCE");
        return value;
    }

    /** The listener that opens a tunnel to the endpoint for each connection. */
    private static Map<String, Object> originate() {
        return Proto.of(
                "name",
                Clusters.ORIGINATE,
                "internal_listener",
                Proto.of(),
                "listener_filters",
                List.of(MainListener.originalDestination()),
                "filter_chains",
                List.of(
                        Proto.of(
                                "filters",
                                List.of(
                                        Proto.extension(
                                                "envoy.filters.network.tcp_proxy",
                                                "envoy.extensions.filters.network.tcp_proxy.v3"
                                                        + ".TcpProxy",
                                                "stat_prefix",
                                                Clusters.ORIGINATE,
                                                "cluster",
                                                Clusters.ORIGINATE,
                                                "idle_timeout",
                                                "0s",
                                                "tunneling_config",
                                                Proto.of(
                                                        "hostname",
                                                        "%DOWNSTREAM_LOCAL_ADDRESS%"))))));
    }

    private static Map<String, Object> mainInternal() {
        return Proto.of(
                "name",
                MainListener.NAME,
                "type",
                "STATIC",
                "load_assignment",
                Proto.of(
                        "cluster_name",
                        MainListener.NAME,
                        "endpoints",
                        List.of(
                                Proto.of(
                                        "lb_endpoints",
                                        List.of(
                                                Proto.of(
                                                        "endpoint",
                                                        Proto.of(
                                                                "address",
                                                                Addresses.internal(
                                                                        MainListener.NAME,
                                                                        ""))))))),
                "transport_socket",
                Clusters.internal(List.of()));
    }

    private Map<String, Object> connectOriginate() {
        return Proto.of(
                "name",
                Clusters.ORIGINATE,
                "type",
                "ORIGINAL_DST",
                "lb_policy",
                "CLUSTER_PROVIDED",
                "connect_timeout",
                "5s",
                "cleanup_interval",
                "60s",
                "original_dst_lb_config",
                Proto.of("upstream_port_override", HBONE_PORT),
                "typed_extension_protocol_options",
                Clusters.options(
                        Proto.of(
                                "common_http_protocol_options",
                                Proto.of("idle_timeout", "3600s"),
                                "explicit_http_config",
                                Proto.of(
                                        "http2_protocol_options",
                                        Proto.of("allow_connect", true)))),
                "transport_socket",
                Proto.extension(
                        "envoy.transport_sockets.tls",
                        "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                        "common_tls_context",
                        commonTls()));
    }

    private Map<String, Object> commonTls() {
        return Proto.of(
                "alpn_protocols",
                List.of("h2"),
                "tls_params",
                Proto.of(
                        "tls_minimum_protocol_version", "TLSv1_3",
                        "tls_maximum_protocol_version", "TLSv1_3"),
                "tls_certificate_sds_secret_configs",
                List.of(secret(EnvoyFiles.IDENTITY)),
                "combined_validation_context",
                Proto.of(
                        "default_validation_context",
                        Proto.of(
                                "match_typed_subject_alt_names",
                                List.of(
                                        Proto.of(
                                                "san_type",
                                                "URI",
                                                "matcher",
                                                Proto.of(
                                                        "prefix",
                                                        "spiffe://" + trustDomain + "/")))),
                        "validation_context_sds_secret_config",
                        secret(EnvoyFiles.ROOTS)));
    }

    private Map<String, Object> secret(String name) {
        return Proto.of("name", name, "sds_config", files.source(name));
    }
}
