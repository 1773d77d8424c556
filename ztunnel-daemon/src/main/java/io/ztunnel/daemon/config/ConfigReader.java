package io.ztunnel.daemon.config;

import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.store.Identity;
import io.ztunnel.xds.BearerToken;
import io.ztunnel.xds.RootCertificates;
import io.ztunnel.xds.XdsNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns the environment into a {@link Config}; each method reads one of its parts. */
final class ConfigReader {
    private static final String IPV6_SWITCH = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";
    private static final long SHARED_MARK = 1337;
    private static final int DNS_PORT = 15053;
    private static final int READINESS_PORT = 15021;

    private final Environment env;
    private final FileProbe files;
    private final List<String> warnings = new ArrayList<>();

    ConfigReader(Environment env, FileProbe files) {
        this.env = env;
        this.files = files;
    }

    Config read(List<String> args, int processors) {
        ProxyConfig proxy = ProxyConfig.read(env, files);
        Map<String, String> metadata = proxy.metadata();
        Config.Mode mode = env.get(Knobs.PROXY_MODE, Config.Mode.SHARED);
        boolean alone = mode == Config.Mode.DEDICATED;
        Config.WorkloadInfo dedicated = alone ? env.find(Knobs.PROXY_WORKLOAD_INFO) : null;
        if (alone && dedicated == null) {
            throw ConfigException.invalid(
                    Knobs.PROXY_WORKLOAD_INFO.name(),
                    "is required in dedicated mode, expected namespace/name/serviceaccount");
        }
        boolean ipv6 = env.get(Knobs.IPV6_ENABLED, true);
        boolean loopback6 = ipv6 && ipv6OnLoopback();
        boolean proxyEnabled = env.get(Knobs.ENABLE_PROXY, true);
        Config.Dns dns = dns(metadata, loopback6);
        if (!proxyEnabled && !dns.enabled()) {
            throw ConfigException.invalid(
                    Knobs.ENABLE_PROXY.name(),
                    "proxy and DNS are both off (ISTIO_META_DNS_CAPTURE), nothing is left to do");
        }
        return new Config(
                mode,
                proxyEnabled,
                dedicated,
                mesh(metadata),
                listeners(proxy, ipv6, loopback6),
                sockets(mode),
                new Config.InPod(
                        env.get(Knobs.INPOD_UDS, "/var/run/ztunnel/ztunnel.sock"),
                        env.get(Knobs.INPOD_PORT_REUSE, true)),
                new Config.Behaviour(
                        env.find(Knobs.ENABLE_ORIG_SRC),
                        env.get(Knobs.LOCALHOST_APP_TUNNEL, true),
                        env.get(Knobs.ENABLE_RESPONSE_BAGGAGE, true),
                        env.isExactlyTrue(Knobs.AUTHZ_POLICY_INFO_LOGGING),
                        env.get(Knobs.ZTUNNEL_RESET_FIDELITY, false)),
                hbone(),
                podLimits(),
                new Config.Tls(
                        env.isExactlyTrue(Knobs.TLS12_ENABLED),
                        env.get(Knobs.COMPLIANCE_POLICY, "").equals("pqc"),
                        env.nonEmpty(Knobs.CRL_PATH)),
                xds(proxy, dns.enabled()),
                ca(),
                token(),
                dns,
                self(),
                WorkerThreads.count(env, proxy.concurrency(), processors),
                terminationDeadline(),
                metadata,
                List.copyOf(args),
                List.copyOf(warnings));
    }

    private Config.Mesh mesh(Map<String, String> metadata) {
        String cluster = env.get(Knobs.CLUSTER_ID, "Kubernetes");
        String version = metadata.get("ISTIO_VERSION");
        return new Config.Mesh(
                env.get(Knobs.NETWORK, ""),
                env.nonEmpty(Knobs.NODE_NAME),
                Objects.requireNonNullElse(
                        env.variables().get(ProxyConfig.META_PREFIX + "CLUSTER_ID"), cluster),
                env.get(Knobs.CLUSTER_DOMAIN, "cluster.local"),
                env.nonEmpty(Knobs.PREFERED_SERVICE_NAMESPACE),
                version == null ? "unknown" : version);
    }

    private Config.Listeners listeners(ProxyConfig proxy, boolean ipv6, boolean loopback6) {
        boolean socks5 = env.get(Knobs.UNSTABLE_ENABLE_SOCKS5, false);
        return new Config.Listeners(
                ipv6,
                ListenAddress.wildcard(ipv6, Config.OUTBOUND_PORT),
                ListenAddress.wildcard(ipv6, Config.INBOUND_PLAINTEXT_PORT),
                ListenAddress.wildcard(ipv6, Config.INBOUND_PORT),
                socks5 ? new ListenAddress.Localhost(false, Config.SOCKS5_PORT) : null,
                new ListenAddress.Localhost(loopback6, proxy.adminPort()),
                ListenAddress.wildcard(ipv6, proxy.statsPort()),
                ListenAddress.wildcard(ipv6, READINESS_PORT));
    }

    private boolean ipv6OnLoopback() {
        try {
            String value = files.read(IPV6_SWITCH);
            return value == null || !value.strip().equals("1");
        } catch (IOException e) {
            warnings.add(IPV6_SWITCH + " cannot be read, IPv6 is taken as usable");
            return true;
        }
    }

    private Config.Sockets sockets(Config.Mode mode) {
        Long fallback = mode == Config.Mode.SHARED ? SHARED_MARK : null;
        Long mark = env.find(Knobs.PACKET_MARK);
        Long effective = mark == null ? fallback : mark;
        return new Config.Sockets(
                env.get(Knobs.KEEPALIVE_ENABLED, true),
                kernelSeconds(Knobs.KEEPALIVE_TIME),
                kernelSeconds(Knobs.KEEPALIVE_INTERVAL),
                env.get(Knobs.KEEPALIVE_RETRIES, 9),
                env.get(Knobs.USER_TIMEOUT_ENABLED, false),
                effective == null || effective == 0 ? null : effective);
    }

    /** What the kernel takes of a keepalive time, tcp(7): beyond its bounds the bound counts. */
    private Duration kernelSeconds(Knob<Duration> knob) {
        Duration wanted = positive(knob, Duration.ofMinutes(3));
        Duration possible = Duration.ofSeconds(Math.clamp(wanted.toSeconds(), 1, 32_767));
        if (wanted.compareTo(possible) != 0) {
            warnings.add(
                    knob.name()
                            + " is a whole number of seconds from 1 to 32767, "
                            + possible.toSeconds()
                            + " s is used");
        }
        return possible;
    }

    private HboneSettings hbone() {
        HboneSettings defaults = HboneSettings.DEFAULTS;
        return new HboneSettings(
                env.get(Knobs.HTTP2_STREAM_WINDOW_SIZE, defaults.streamWindow()),
                env.get(Knobs.HTTP2_CONNECTION_WINDOW_SIZE, defaults.connectionWindow()),
                env.get(Knobs.HTTP2_FRAME_SIZE, defaults.maxFrameSize()),
                defaults.maxConcurrentStreams(),
                env.get(Knobs.POOL_MAX_STREAMS_PER_CONNECTION, defaults.maxStreamsPerTunnel()),
                positive(Knobs.POOL_UNUSED_RELEASE_TIMEOUT, defaults.idleTimeout()),
                defaults.connectTimeout(),
                defaults.handshakeTimeout(),
                defaults.pingInterval(),
                defaults.pingTimeout());
    }

    private Config.PodLimits podLimits() {
        Config.PodLimits defaults = Config.PodLimits.DEFAULTS;
        return new Config.PodLimits(
                env.get(Knobs.ZTUNNEL_POD_MAX_CONNECTIONS, defaults.connections()),
                env.get(Knobs.ZTUNNEL_POD_MAX_BUFFERED_BYTES, (int) defaults.bufferedBytes()),
                env.get(
                        Knobs.ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND,
                        defaults.handshakesPerSecond()));
    }

    private Config.Xds xds(ProxyConfig proxy, boolean dnsEnabled) {
        String discovery = proxy.discoveryAddress();
        String address =
                env.get(Knobs.XDS_ADDRESS, discovery != null ? discovery : defaultIstiod());
        boolean onDemand = env.get(Knobs.XDS_ON_DEMAND, false);
        if (onDemand && dnsEnabled) {
            throw ConfigException.invalid(
                    Knobs.XDS_ON_DEMAND.name(),
                    "cannot be used with the DNS proxy, expected ISTIO_META_DNS_CAPTURE=false");
        }
        Config.Server server =
                new Config.Server(
                        ServerAddress.parse(Knobs.XDS_ADDRESS.name(), address),
                        roots(Knobs.XDS_ROOT_CA),
                        env.nonEmpty(Knobs.ALT_XDS_HOSTNAME),
                        Header.fromEnvironment(env, "XDS_HEADER_"));
        return new Config.Xds(server, onDemand, localSource(), node(proxy));
    }

    private XdsNode node(ProxyConfig proxy) {
        return XdsNode.of(
                env.get(Knobs.INSTANCE_IP, "1.1.1.1"),
                env.get(Knobs.POD_NAME, ""),
                env.get(Knobs.POD_NAMESPACE, ""),
                env.get(Knobs.NODE_NAME, ""),
                NodeMetadata.of(env, proxy.metadata(), warnings::add));
    }

    private Config.LocalSource localSource() {
        String path = env.find(Knobs.LOCAL_XDS_PATH);
        String inline = env.find(Knobs.LOCAL_XDS);
        if (path != null && inline != null) {
            throw ConfigException.invalid(
                    Knobs.LOCAL_XDS.name(), "LOCAL_XDS_PATH is set too, expected only one of both");
        }
        if (path != null) {
            return new Config.LocalSource.File(path);
        }
        return inline != null
                ? new Config.LocalSource.Inline(inline)
                : new Config.LocalSource.None();
    }

    private Config.Ca ca() {
        boolean fake = env.get(Knobs.FAKE_CA, false);
        Duration ttl = positive(Knobs.SECRET_TTL, Duration.ofHours(24));
        String text = fake ? "" : env.get(Knobs.CA_ADDRESS, defaultIstiod());
        URI address = ServerAddress.parse(Knobs.CA_ADDRESS.name(), text);
        if (address == null && !fake) {
            throw ConfigException.invalid(
                    Knobs.CA_ADDRESS.name(), "is empty, expected the address of a CA");
        }
        Config.Server server =
                new Config.Server(
                        address,
                        roots(Knobs.CA_ROOT_CA),
                        env.nonEmpty(Knobs.ALT_CA_HOSTNAME),
                        Header.fromEnvironment(env, "CA_HEADER_"));
        return new Config.Ca(server, ttl, fake);
    }

    /**
     * An existing path is a file; {@code SYSTEM} is the operating system's store; a text with a PEM
     * header is the certificates themselves. Anything else is a file that is not there yet, and is
     * looked for again on every connect. (The reference takes that last case for an empty PEM text,
     * trusts nobody and never looks again.)
     */
    private RootCertificates roots(Knob<String> knob) {
        String text = env.get(knob, Config.DEFAULT_ROOT_FILE);
        if (files.exists(text)) {
            return new RootCertificates.File(Path.of(text));
        }
        if (text.equals("SYSTEM")) {
            return new RootCertificates.OperatingSystem();
        }
        return text.contains("-----BEGIN")
                ? new RootCertificates.Inline(text)
                : new RootCertificates.File(Path.of(text));
    }

    private String defaultIstiod() {
        return env.find(Knobs.KUBERNETES_SERVICE_HOST) != null
                ? "https://istiod.istio-system.svc:15012"
                : "https://localhost:15012";
    }

    private @Nullable BearerToken token() {
        String text = env.find(Knobs.AUTH_TOKEN);
        if (text == null) {
            return files.exists(Config.DEFAULT_TOKEN_FILE)
                    ? new BearerToken.File(Path.of(Config.DEFAULT_TOKEN_FILE))
                    : null;
        }
        if (files.exists(text)) {
            return new BearerToken.File(Path.of(text));
        }
        String literal = text.strip();
        if (literal.isEmpty() || !literal.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw ConfigException.invalid(
                    Knobs.AUTH_TOKEN.name(), "is neither an existing file nor a token");
        }
        return new BearerToken.Literal(literal);
    }

    private Config.Dns dns(Map<String, String> metadata, boolean loopback6) {
        String capture = metadata.get("DNS_CAPTURE");
        String address = metadata.get("DNS_PROXY_ADDR");
        ListenAddress listen = new ListenAddress.Localhost(loopback6, DNS_PORT);
        if (address != null) {
            try {
                listen = ListenAddress.parse(address, loopback6);
            } catch (IllegalArgumentException e) {
                throw ConfigException.badValue(
                        "ISTIO_META_DNS_PROXY_ADDR", address, "localhost:port or ip:port");
            }
        }
        String resolver = null;
        try {
            resolver = files.read(ResolverConfig.FILE);
        } catch (IOException e) {
            warnings.add(ResolverConfig.FILE + " cannot be read, no name servers are known");
        }
        return new Config.Dns(
                capture == null || capture.equalsIgnoreCase("true"),
                listen,
                ResolverConfig.parse(resolver == null ? "" : resolver));
    }

    private Config.@Nullable Self self() {
        String name = env.nonEmpty(Knobs.POD_NAME);
        String namespace = env.nonEmpty(Knobs.POD_NAMESPACE);
        String account = env.nonEmpty(Knobs.SERVICE_ACCOUNT);
        if (name == null || namespace == null || account == null) {
            return null;
        }
        String trustDomain = env.get(Knobs.TRUST_DOMAIN, "cluster.local");
        return new Config.Self(
                new Config.WorkloadInfo(namespace, name, account),
                new Identity(trustDomain, namespace, account));
    }

    /** Five seconds of the pod's grace period are left for everything but the drain. */
    private Duration terminationDeadline() {
        Duration explicit = env.find(Knobs.CONNECTION_TERMINATION_DEADLINE);
        if (explicit != null) {
            return explicit;
        }
        Integer grace = env.find(Knobs.TERMINATION_GRACE_PERIOD_SECONDS);
        if (grace == null) {
            return Duration.ofSeconds(5);
        }
        return Duration.ofSeconds(grace > 10 ? grace - 5 : Math.max(grace - 1, 1));
    }

    private Duration positive(Knob<Duration> knob, Duration fallback) {
        Duration value = env.get(knob, fallback);
        if (value.compareTo(Duration.ofMillis(1)) < 0) {
            throw ConfigException.badValue(
                    knob.name(), String.valueOf(env.variables().get(knob.name())), knob.expected());
        }
        return value;
    }
}
