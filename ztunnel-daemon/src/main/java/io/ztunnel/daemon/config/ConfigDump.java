package io.ztunnel.daemon.config;

import io.ztunnel.store.IpAddress;
import io.ztunnel.xds.RootCertificates;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The {@code config} section of {@code /config_dump}, with the keys and value shapes of the
 * reference. The token and static PEM texts are left out.
 */
final class ConfigDump {
    private ConfigDump() {}

    static SortedMap<String, @Nullable Object> of(Config config) {
        SortedMap<String, @Nullable Object> tree = new TreeMap<>();
        Config.Listeners listeners = config.listeners();
        tree.put("adminAddr", listen(listeners.admin()));
        tree.put("statsAddr", listen(listeners.stats()));
        tree.put("readinessAddr", listen(listeners.readiness()));
        tree.put("inboundAddr", socket(listeners.inbound()));
        tree.put("inboundPlaintextAddr", socket(listeners.inboundPlaintext()));
        tree.put("outboundAddr", socket(listeners.outbound()));
        tree.put("socks5Addr", listeners.socks5() == null ? null : socket(listeners.socks5()));
        tree.put("illegalPorts", listeners.illegalPorts());
        tree.put("ipv6Enabled", listeners.ipv6());
        tree.put("dnsProxyAddr", listen(config.dns().listen()));
        tree.put("dnsProxy", config.dns().enabled());
        resolver(tree, config.dns().resolver());
        general(tree, config);
        tunnel(tree, config);
        controlPlane(tree, config);
        Config.Self self = config.self();
        tree.put("ztunnelIdentity", self == null ? null : self.identity().toString());
        tree.put("ztunnelWorkload", workload(self == null ? null : self.workload()));
        return tree;
    }

    private static void general(SortedMap<String, @Nullable Object> tree, Config config) {
        Config.Mesh mesh = config.mesh();
        tree.put("proxy", config.proxyEnabled());
        tree.put("proxyArgs", String.join(" ", config.args()));
        tree.put("proxyMetadata", new TreeMap<>(config.proxyMetadata()));
        tree.put("proxyMode", config.mode() == Config.Mode.SHARED ? "Shared" : "Dedicated");
        tree.put("proxyWorkloadInformation", workload(config.dedicatedWorkload()));
        tree.put("network", mesh.network());
        tree.put("localNode", mesh.node());
        tree.put("clusterId", mesh.clusterId());
        tree.put("clusterDomain", mesh.clusterDomain());
        tree.put("preferedServiceNamespace", mesh.preferredServiceNamespace());
        tree.put("numWorkerThreads", config.workerThreads());
        tree.put("selfTerminationDeadline", duration(config.terminationDeadline()));
        tree.put("inpodUds", config.inPod().agentSocket());
        tree.put("inpodPortReuse", config.inPod().portReuse());
        tree.put("requireOriginalSource", config.behaviour().originalSource());
        tree.put("localhostAppTunnel", config.behaviour().localhostAppTunnel());
        tree.put("enableEnhancedBaggage", config.behaviour().responseBaggage());
        tree.put("fakeSelfInbound", false); // a switch of the reference's own tests
        tree.put("crlPath", config.tls().crlPath());
    }

    private static void tunnel(SortedMap<String, @Nullable Object> tree, Config config) {
        tree.put("windowSize", config.hbone().streamWindow());
        tree.put("connectionWindowSize", config.hbone().connectionWindow());
        tree.put("frameSize", config.hbone().maxFrameSize());
        tree.put("poolMaxStreamsPerConn", config.hbone().maxStreamsPerTunnel());
        tree.put("poolUnusedReleaseTimeout", duration(config.hbone().idleTimeout()));
        Config.Sockets sockets = config.sockets();
        tree.put("packetMark", sockets.packetMark());
        tree.put(
                "socketConfig",
                sorted(
                        Map.of(
                                "keepaliveEnabled", sockets.keepaliveEnabled(),
                                "keepaliveInterval", duration(sockets.keepaliveInterval()),
                                "keepaliveRetries", sockets.keepaliveRetries(),
                                "keepaliveTime", duration(sockets.keepaliveTime()),
                                "userTimeoutEnabled", sockets.userTimeoutEnabled())));
    }

    private static void controlPlane(SortedMap<String, @Nullable Object> tree, Config config) {
        Config.Server xds = config.xds().server();
        tree.put("xdsAddress", text(xds.address()));
        tree.put("xdsRootCert", roots(xds.roots()));
        tree.put("altXdsHostname", xds.alternateHostname());
        tree.put("xdsHeaders", headers(xds.headers()));
        tree.put("xdsOnDemand", config.xds().onDemand());
        Config.Server ca = config.ca().server();
        tree.put("caAddress", text(ca.address()));
        tree.put("caRootCert", roots(ca.roots()));
        tree.put("altCaHostname", ca.alternateHostname());
        tree.put("caHeaders", headers(ca.headers()));
        tree.put("secretTtl", duration(config.ca().secretTtl()));
        tree.put("fakeCa", config.ca().fake());
    }

    /** The reference prints its DNS library's objects; what we have no knob for is its default. */
    private static void resolver(
            SortedMap<String, @Nullable Object> tree, ResolverConfig resolver) {
        SortedMap<String, @Nullable Object> servers = new TreeMap<>();
        servers.put("domain", resolver.domain());
        servers.put(
                "name_servers", resolver.nameServers().stream().map(ConfigDump::server).toList());
        servers.put("search", resolver.search());
        tree.put("dnsResolverCfg", servers);

        SortedMap<String, @Nullable Object> options = new TreeMap<>();
        for (String list : List.of("allow_answers", "avoid_local_udp_ports", "deny_answers")) {
            options.put(list, List.of());
        }
        for (String absent :
                List.of(
                        "negative_max_ttl",
                        "negative_min_ttl",
                        "positive_max_ttl",
                        "positive_min_ttl",
                        "trust_anchor")) {
            options.put(absent, null);
        }
        for (String off : List.of("case_randomization", "os_port_selection", "try_tcp_on_error")) {
            options.put(off, false);
        }
        options.put("edns0", resolver.edns0());
        options.put("attempts", resolver.attempts());
        options.put("cache_size", 4096);
        options.put("edns_payload_len", 1232);
        options.put("ip_strategy", "Ipv4AndIpv6");
        options.put("max_active_requests", 32);
        options.put("ndots", resolver.ndots());
        options.put("num_concurrent_reqs", 2);
        options.put("preserve_intermediates", true);
        options.put("recursion_desired", true);
        options.put("server_ordering_strategy", "QueryStatistics");
        options.put("timeout", resolver.timeoutSeconds());
        options.put("use_hosts_file", "Auto");
        tree.put("dnsResolverOpts", options);
    }

    private static Object server(IpAddress ip) {
        return sorted(
                Map.of(
                        "connections",
                        List.of(connection("udp"), connection("tcp")),
                        "ip",
                        ip.toString(),
                        "trust_negative_responses",
                        true));
    }

    private static Object connection(String protocol) {
        SortedMap<String, @Nullable Object> connection = new TreeMap<>();
        connection.put("bind_addr", null);
        connection.put("port", 53);
        connection.put("protocol", Map.of("type", protocol));
        return connection;
    }

    private static Object listen(ListenAddress address) {
        return switch (address) {
            case ListenAddress.Localhost local ->
                    Map.of("Localhost", List.of(local.ipv6(), local.port()));
            case ListenAddress.Socket socket -> Map.of("SocketAddr", socket.address().toString());
        };
    }

    private static String socket(ListenAddress address) {
        return address.addresses().getFirst().toString();
    }

    private static Object roots(RootCertificates roots) {
        return switch (roots) {
            case RootCertificates.File file -> Map.of("File", file.path().toString());
            case RootCertificates.Inline ignored -> "Static";
            case RootCertificates.OperatingSystem ignored -> "Default";
        };
    }

    private static @Nullable String text(@Nullable URI address) {
        return address == null ? null : address.toString();
    }

    private static Object headers(List<Header> headers) {
        return headers.stream().map(header -> List.of(header.name(), header.value())).toList();
    }

    private static @Nullable Object workload(Config.@Nullable WorkloadInfo workload) {
        return workload == null
                ? null
                : sorted(
                        Map.of(
                                "name", workload.name(),
                                "namespace", workload.namespace(),
                                "serviceAccount", workload.serviceAccount()));
    }

    private static Object duration(Duration duration) {
        return sorted(Map.of("nanos", duration.getNano(), "secs", duration.getSeconds()));
    }

    private static SortedMap<String, Object> sorted(Map<String, Object> values) {
        return new TreeMap<>(values);
    }
}
