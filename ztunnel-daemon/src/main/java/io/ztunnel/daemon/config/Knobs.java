package io.ztunnel.daemon.config;

import static io.ztunnel.daemon.config.Knob.duration;
import static io.ztunnel.daemon.config.Knob.flag;
import static io.ztunnel.daemon.config.Knob.integer;
import static io.ztunnel.daemon.config.Knob.text;

import java.time.Duration;
import java.util.List;

/** Every environment variable with a fixed name. Names and defaults are the reference's. */
final class Knobs {
    private static final int MAX_WINDOW = Integer.MAX_VALUE; // RFC 9113, 6.9.1

    // What runs, and where.
    static final Knob<Boolean> ENABLE_PROXY = flag("ENABLE_PROXY", true, "run the TCP proxies");
    static final Knob<Config.Mode> PROXY_MODE =
            new Knob<>(
                    "PROXY_MODE",
                    "one process for the pods of a node, or for a single workload",
                    "shared",
                    "shared or dedicated",
                    text ->
                            switch (text) {
                                case "shared" -> Config.Mode.SHARED;
                                case "dedicated" -> Config.Mode.DEDICATED;
                                default -> throw new IllegalArgumentException(text);
                            });
    static final Knob<Config.WorkloadInfo> PROXY_WORKLOAD_INFO =
            new Knob<>(
                    "PROXY_WORKLOAD_INFO",
                    "the workload of dedicated mode",
                    "none",
                    "namespace/name/serviceaccount",
                    Config.WorkloadInfo::parse);
    static final Knob<String> NETWORK = text("NETWORK", "", "the local network's id");
    static final Knob<String> NODE_NAME =
            text("NODE_NAME", "unset: every workload is local", "the local node");
    static final Knob<String> CLUSTER_ID =
            text("CLUSTER_ID", "Kubernetes", "id of the cluster; ISTIO_META_CLUSTER_ID wins");
    static final Knob<String> CLUSTER_DOMAIN =
            text("CLUSTER_DOMAIN", "cluster.local", "DNS domain of the cluster");
    static final Knob<String> PREFERED_SERVICE_NAMESPACE =
            text(
                    "PREFERED_SERVICE_NAMESPACE", // spelled as the reference spells it
                    "unset",
                    "namespace that wins when a hostname exists in several");
    static final Knob<Boolean> LOCALHOST_APP_TUNNEL =
            flag("LOCALHOST_APP_TUNNEL", true, "reach application tunnels over localhost");
    static final Knob<Boolean> ENABLE_RESPONSE_BAGGAGE =
            flag("ENABLE_RESPONSE_BAGGAGE", true, "read and send baggage on tunnels");
    static final Knob<Boolean> UNSTABLE_ENABLE_SOCKS5 =
            flag("UNSTABLE_ENABLE_SOCKS5", false, "SOCKS5 listener on localhost");

    static final Knob<Boolean> ZTUNNEL_RESET_FIDELITY =
            flag("ZTUNNEL_RESET_FIDELITY", false, "pass on resets as resets, not as ends of data");

    // Sockets.
    static final Knob<Boolean> IPV6_ENABLED = flag("IPV6_ENABLED", true, "bind IPv6 wildcards");
    static final Knob<Boolean> ENABLE_ORIG_SRC =
            new Knob<>(
                    "ENABLE_ORIG_SRC",
                    "keep the client's address towards applications",
                    "unset: where the kernel lets us",
                    "true or false",
                    Texts::exactBoolean);
    static final Knob<Long> PACKET_MARK =
            new Knob<>(
                    "PACKET_MARK",
                    "SO_MARK of our sockets, 0 for none",
                    "1337 in shared mode, else none",
                    "a whole number from 0 to 4294967295",
                    text -> Integer.toUnsignedLong(Integer.parseUnsignedInt(text)));
    static final Knob<String> INPOD_UDS =
            text("INPOD_UDS", "/var/run/ztunnel/ztunnel.sock", "socket of the node agent");
    static final Knob<Boolean> INPOD_PORT_REUSE =
            flag("INPOD_PORT_REUSE", true, "SO_REUSEPORT on listeners inside pods");
    static final Knob<Boolean> KEEPALIVE_ENABLED = flag("KEEPALIVE_ENABLED", true, "TCP keepalive");
    static final Knob<Duration> KEEPALIVE_TIME =
            duration("KEEPALIVE_TIME", "180s", "idle time before the first TCP keepalive probe");
    static final Knob<Duration> KEEPALIVE_INTERVAL =
            duration("KEEPALIVE_INTERVAL", "180s", "time between TCP keepalive probes");
    static final Knob<Integer> KEEPALIVE_RETRIES =
            integer("KEEPALIVE_RETRIES", "9", 1, 127, "unanswered probes that end a connection");
    static final Knob<Boolean> USER_TIMEOUT_ENABLED =
            flag("USER_TIMEOUT_ENABLED", false, "TCP_USER_TIMEOUT, derived from the keepalive");

    // The tunnel.
    static final Knob<Integer> POOL_MAX_STREAMS_PER_CONNECTION =
            integer("POOL_MAX_STREAMS_PER_CONNECTION", "100", 1, 65_535, "streams of one tunnel");
    static final Knob<Duration> POOL_UNUSED_RELEASE_TIMEOUT =
            duration("POOL_UNUSED_RELEASE_TIMEOUT", "5m", "an idle tunnel is closed after this");
    static final Knob<Integer> HTTP2_STREAM_WINDOW_SIZE =
            integer("HTTP2_STREAM_WINDOW_SIZE", "4194304", 1, MAX_WINDOW, "bytes per stream");
    static final Knob<Integer> HTTP2_CONNECTION_WINDOW_SIZE =
            integer(
                    "HTTP2_CONNECTION_WINDOW_SIZE",
                    "16777216",
                    65_535, // RFC 9113: it cannot be made smaller than it starts
                    MAX_WINDOW,
                    "bytes per tunnel, best four stream windows or more");
    static final Knob<Integer> HTTP2_FRAME_SIZE =
            integer("HTTP2_FRAME_SIZE", "1048576", 16_384, 16_777_215, "largest DATA frame");

    // What one pod may have; our own, the reference has no such limits.
    static final Knob<Integer> ZTUNNEL_POD_MAX_CONNECTIONS =
            integer(
                    "ZTUNNEL_POD_MAX_CONNECTIONS",
                    "50000",
                    1,
                    Integer.MAX_VALUE,
                    "connections of one pod, the next one is refused");
    static final Knob<Integer> ZTUNNEL_POD_MAX_BUFFERED_BYTES =
            integer(
                    "ZTUNNEL_POD_MAX_BUFFERED_BYTES",
                    "67108864",
                    0,
                    Integer.MAX_VALUE,
                    "bytes that the windows of one pod's streams may grow by");
    static final Knob<Integer> ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND =
            integer(
                    "ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND",
                    "2000",
                    1,
                    1_000_000,
                    "TLS handshakes of one pod, the next one is refused");

    // The end.
    static final Knob<Duration> CONNECTION_TERMINATION_DEADLINE =
            duration("CONNECTION_TERMINATION_DEADLINE", "unset", "time a drain may take");
    static final Knob<Integer> TERMINATION_GRACE_PERIOD_SECONDS =
            integer(
                    "TERMINATION_GRACE_PERIOD_SECONDS",
                    "unset: a drain takes 5 s",
                    0,
                    Integer.MAX_VALUE,
                    "the pod's own grace period, from which the drain time is derived");

    // Policy and TLS.
    static final Knob<String> AUTHZ_POLICY_INFO_LOGGING =
            text("AUTHZ_POLICY_INFO_LOGGING", "false", "exactly true: log decisions at info");
    static final Knob<String> CRL_PATH =
            text("CRL_PATH", "unset or empty: off", "file of certificate revocation lists");
    static final Knob<String> TLS12_ENABLED =
            text("TLS12_ENABLED", "false", "exactly true: TLS 1.2 besides 1.3");
    static final Knob<String> COMPLIANCE_POLICY =
            text("COMPLIANCE_POLICY", "", "pqc: only post-quantum key exchange");

    // The control plane.
    static final Knob<String> XDS_ADDRESS =
            text(
                    "XDS_ADDRESS",
                    "the proxy config's discoveryAddress, else istiod",
                    "discovery server, https; empty for none");
    static final Knob<String> CA_ADDRESS =
            text("CA_ADDRESS", "istiod", "certificate authority, https");
    static final Knob<String> XDS_ROOT_CA =
            text("XDS_ROOT_CA", Config.DEFAULT_ROOT_FILE, "file, SYSTEM or PEM text");
    static final Knob<String> CA_ROOT_CA =
            text("CA_ROOT_CA", Config.DEFAULT_ROOT_FILE, "file, SYSTEM or PEM text");
    static final Knob<String> ALT_XDS_HOSTNAME =
            text("ALT_XDS_HOSTNAME", "unset", "further name the discovery server may have");
    static final Knob<String> ALT_CA_HOSTNAME =
            text("ALT_CA_HOSTNAME", "unset", "further name the CA may have");
    static final Knob<String> AUTH_TOKEN =
            text(
                    "AUTH_TOKEN",
                    Config.DEFAULT_TOKEN_FILE + " if it exists, else none",
                    "file of the bearer token, or the token itself");
    static final Knob<Boolean> XDS_ON_DEMAND =
            flag("XDS_ON_DEMAND", false, "fetch workloads and services when they are used");
    static final Knob<String> LOCAL_XDS_PATH =
            text("LOCAL_XDS_PATH", "unset", "file of static workloads, services and policies");
    static final Knob<String> LOCAL_XDS = text("LOCAL_XDS", "unset", "the same as YAML text");
    static final Knob<Boolean> FAKE_CA =
            flag("FAKE_CA", false, "sign certificates in this process, for development");
    static final Knob<Duration> SECRET_TTL =
            duration("SECRET_TTL", "24h", "validity asked for certificates");

    // Who we are.
    static final Knob<String> INSTANCE_IP = text("INSTANCE_IP", "1.1.1.1", "the pod's address");
    static final Knob<String> POD_NAME = text("POD_NAME", "unset", "the pod's name");
    static final Knob<String> POD_NAMESPACE = text("POD_NAMESPACE", "unset", "its namespace");
    static final Knob<String> SERVICE_ACCOUNT = text("SERVICE_ACCOUNT", "unset", "its account");
    static final Knob<String> TRUST_DOMAIN = text("TRUST_DOMAIN", "cluster.local", "its domain");
    static final Knob<String> KUBERNETES_SERVICE_HOST =
            text("KUBERNETES_SERVICE_HOST", "unset", "set by Kubernetes: selects istiod's address");
    static final Knob<String> PROXY_CONFIG =
            text("PROXY_CONFIG", "unset", "YAML, merged over the mesh config file");

    // Threads and logs.
    static final Knob<String> ZTUNNEL_WORKER_THREADS =
            new Knob<>(
                    "ZTUNNEL_WORKER_THREADS",
                    "data threads: a count (0: one per CPU) or a share of the CPUs",
                    "from concurrency or the CPU limits",
                    "a whole number, or a percentage above 0% up to 100%",
                    WorkerThreads::checked);
    static final Knob<Integer> ZTUNNEL_CPU_LIMIT =
            integer("ZTUNNEL_CPU_LIMIT", "unset", 1, Short.MAX_VALUE, "CPUs that we may use");
    static final Knob<Integer> ZTUNNEL_RESOURCE_CPU_LIMIT =
            cpus("ZTUNNEL_RESOURCE_CPU_LIMIT", "the container's CPU limit");
    static final Knob<Integer> ZTUNNEL_RESOURCE_CPU_REQUEST =
            cpus("ZTUNNEL_RESOURCE_CPU_REQUEST", "the container's CPU request");
    static final Knob<String> RUST_LOG = text("RUST_LOG", "info", "log filter");
    static final Knob<String> LOG_FORMAT = text("LOG_FORMAT", "plain", "json: JSON lines");

    static final List<Knob<?>> ALL =
            List.of(
                    ENABLE_PROXY,
                    PROXY_MODE,
                    PROXY_WORKLOAD_INFO,
                    NETWORK,
                    NODE_NAME,
                    CLUSTER_ID,
                    CLUSTER_DOMAIN,
                    PREFERED_SERVICE_NAMESPACE,
                    LOCALHOST_APP_TUNNEL,
                    ENABLE_RESPONSE_BAGGAGE,
                    UNSTABLE_ENABLE_SOCKS5,
                    ZTUNNEL_RESET_FIDELITY,
                    IPV6_ENABLED,
                    ENABLE_ORIG_SRC,
                    PACKET_MARK,
                    INPOD_UDS,
                    INPOD_PORT_REUSE,
                    KEEPALIVE_ENABLED,
                    KEEPALIVE_TIME,
                    KEEPALIVE_INTERVAL,
                    KEEPALIVE_RETRIES,
                    USER_TIMEOUT_ENABLED,
                    POOL_MAX_STREAMS_PER_CONNECTION,
                    POOL_UNUSED_RELEASE_TIMEOUT,
                    HTTP2_STREAM_WINDOW_SIZE,
                    HTTP2_CONNECTION_WINDOW_SIZE,
                    HTTP2_FRAME_SIZE,
                    ZTUNNEL_POD_MAX_CONNECTIONS,
                    ZTUNNEL_POD_MAX_BUFFERED_BYTES,
                    ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND,
                    CONNECTION_TERMINATION_DEADLINE,
                    TERMINATION_GRACE_PERIOD_SECONDS,
                    AUTHZ_POLICY_INFO_LOGGING,
                    CRL_PATH,
                    TLS12_ENABLED,
                    COMPLIANCE_POLICY,
                    XDS_ADDRESS,
                    CA_ADDRESS,
                    XDS_ROOT_CA,
                    CA_ROOT_CA,
                    ALT_XDS_HOSTNAME,
                    ALT_CA_HOSTNAME,
                    AUTH_TOKEN,
                    XDS_ON_DEMAND,
                    LOCAL_XDS_PATH,
                    LOCAL_XDS,
                    FAKE_CA,
                    SECRET_TTL,
                    INSTANCE_IP,
                    POD_NAME,
                    POD_NAMESPACE,
                    SERVICE_ACCOUNT,
                    TRUST_DOMAIN,
                    KUBERNETES_SERVICE_HOST,
                    PROXY_CONFIG,
                    ZTUNNEL_WORKER_THREADS,
                    ZTUNNEL_CPU_LIMIT,
                    ZTUNNEL_RESOURCE_CPU_LIMIT,
                    ZTUNNEL_RESOURCE_CPU_REQUEST,
                    RUST_LOG,
                    LOG_FORMAT);

    private Knobs() {}

    private static Knob<Integer> cpus(String name, String meaning) {
        return new Knob<>(
                name,
                meaning,
                "unset",
                "a Kubernetes quantity above 0, such as 2, 1.5 or 500m",
                Texts::cpuQuantity);
    }
}
