package io.ztunnel.daemon.config;

import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.store.Identity;
import io.ztunnel.xds.BearerToken;
import io.ztunnel.xds.ControlPlane;
import io.ztunnel.xds.RequestHeaders;
import io.ztunnel.xds.RootCertificates;
import io.ztunnel.xds.XdsNode;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything that is fixed when the process starts. Immutable; its text form shows no secret.
 *
 * @param proxyEnabled whether the TCP proxies run at all
 * @param dedicatedWorkload set exactly in dedicated mode
 * @param token for the discovery server and the CA; null: none
 * @param self our own pod, when all of its names are known
 * @param workerThreads 1 or more
 * @param terminationDeadline time that a graceful drain may take
 * @param proxyMetadata names without their {@code ISTIO_META_} prefix
 * @param args the command line
 * @param warnings what was ignored, one line each
 */
public record Config(
        Mode mode,
        boolean proxyEnabled,
        @Nullable WorkloadInfo dedicatedWorkload,
        Mesh mesh,
        Listeners listeners,
        Sockets sockets,
        InPod inPod,
        Behaviour behaviour,
        HboneSettings hbone,
        PodLimits podLimits,
        Tls tls,
        Xds xds,
        Ca ca,
        @Nullable BearerToken token,
        Dns dns,
        @Nullable Self self,
        int workerThreads,
        Duration terminationDeadline,
        Map<String, String> proxyMetadata,
        List<String> args,
        List<String> warnings) {
    public static final int OUTBOUND_PORT = 15001;
    public static final int INBOUND_PLAINTEXT_PORT = 15006;
    public static final int INBOUND_PORT = 15008;
    public static final int SOCKS5_PORT = 15080;
    static final String DEFAULT_ROOT_FILE = "./var/run/secrets/istio/root-cert.pem";
    static final String DEFAULT_TOKEN_FILE = "./var/run/secrets/tokens/istio-token";

    public enum Mode {
        /** One process for all ambient pods of a node. */
        SHARED,
        /** One process for one workload, in its own network namespace. */
        DEDICATED
    }

    public record WorkloadInfo(String namespace, String name, String serviceAccount) {
        /**
         * @param text {@code namespace/name/serviceaccount}; only the last may contain slashes
         * @throws IllegalArgumentException for anything else
         */
        static WorkloadInfo parse(String text) {
            String[] pieces = text.split("/", 3);
            if (pieces.length != 3 || Arrays.asList(pieces).contains("")) {
                throw new IllegalArgumentException("not three pieces: " + text);
            }
            return new WorkloadInfo(pieces[0], pieces[1], pieces[2]);
        }
    }

    /**
     * @param node null: every workload counts as local
     */
    public record Mesh(
            String network,
            @Nullable String node,
            String clusterId,
            String clusterDomain,
            @Nullable String preferredServiceNamespace,
            String istioVersion) {}

    public record Listeners(
            boolean ipv6,
            ListenAddress outbound,
            ListenAddress inboundPlaintext,
            ListenAddress inbound,
            @Nullable ListenAddress socks5,
            ListenAddress admin,
            ListenAddress stats,
            ListenAddress readiness) {

        /** Ports on which a connection to ourselves would loop, in ascending order. */
        public List<Integer> illegalPorts() {
            List<Integer> ports =
                    new ArrayList<>(List.of(OUTBOUND_PORT, INBOUND_PLAINTEXT_PORT, INBOUND_PORT));
            if (socks5 != null) {
                ports.add(SOCKS5_PORT);
            }
            return List.copyOf(ports);
        }
    }

    /**
     * @param packetMark SO_MARK; null for none
     */
    public record Sockets(
            boolean keepaliveEnabled,
            Duration keepaliveTime,
            Duration keepaliveInterval,
            int keepaliveRetries,
            boolean userTimeoutEnabled,
            @Nullable Long packetMark) {

        /** TCP_USER_TIMEOUT: all probes unanswered. */
        public Duration userTimeout() {
            return keepaliveTime.plus(keepaliveInterval.multipliedBy(keepaliveRetries));
        }
    }

    public record InPod(String agentSocket, boolean portReuse) {}

    /**
     * @param originalSource keep the client's address: must, must not, or null: where we can
     * @param resetFidelity pass on resets as resets, and not as the end of data
     */
    public record Behaviour(
            @Nullable Boolean originalSource,
            boolean localhostAppTunnel,
            boolean responseBaggage,
            boolean authorizationInfoLogging,
            boolean resetFidelity) {}

    /**
     * What one pod may have of the node; the next one is refused, or waits.
     *
     * @param connections open at a time, in both directions, tunnels to the pod included
     * @param bufferedBytes that windows of the pod's streams may grow to beyond their first size
     * @param handshakesPerSecond TLS handshakes, in both directions
     */
    public record PodLimits(int connections, long bufferedBytes, int handshakesPerSecond) {
        public static final PodLimits DEFAULTS = new PodLimits(50_000, 64L << 20, 2_000);
    }

    public record Tls(boolean tls12, boolean postQuantum, @Nullable String crlPath) {}

    /**
     * @param address as {@link ControlPlane} has it; null: none
     * @param alternateHostname a further name that the server's certificate may carry
     */
    public record Server(
            @Nullable URI address,
            RootCertificates roots,
            @Nullable String alternateHostname,
            List<Header> headers) {}

    public record Xds(Server server, boolean onDemand, LocalSource localSource, XdsNode node) {}

    /** Static workloads, services and policies. */
    public sealed interface LocalSource {
        record None() implements LocalSource {}

        record File(String path) implements LocalSource {}

        record Inline(String yaml) implements LocalSource {}
    }

    /**
     * @param secretTtl validity to ask for, whole seconds
     * @param fake sign in this process instead of asking a server
     */
    public record Ca(Server server, Duration secretTtl, boolean fake) {}

    /**
     * @param enabled whether DNS of pods is captured
     */
    public record Dns(boolean enabled, ListenAddress listen, ResolverConfig resolver) {}

    public record Self(WorkloadInfo workload, Identity identity) {}

    /**
     * @param args the command line, only recorded
     * @param processors logical cores of the machine
     * @throws ConfigException for the first setting that cannot be used
     */
    public static Config from(
            Map<String, String> env, List<String> args, FileProbe files, int processors) {
        return new ConfigReader(new Environment(env), files).read(args, processors);
    }

    /** Reads the environment and files of this process. */
    public static Config fromProcess(List<String> args) {
        return from(
                System.getenv(),
                args,
                FileProbe.SYSTEM,
                Runtime.getRuntime().availableProcessors());
    }

    /** How channels to one of the servers are opened; null when it has no address. */
    public @Nullable ControlPlane controlPlane(Server server) {
        URI address = server.address();
        return address == null
                ? null
                : new ControlPlane(
                        address,
                        server.roots(),
                        server.alternateHostname(),
                        tls.tls12(),
                        tls.postQuantum());
    }

    /** What goes with each call to one of the servers; of one name the last header counts. */
    public RequestHeaders requestHeaders(Server server) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : server.headers()) {
            headers.put(header.name(), header.value());
        }
        return new RequestHeaders(headers, token, mesh.clusterId());
    }

    /** Whether the CA issues certificates of other identities than our own to us. */
    public boolean impersonates() {
        return mode == Mode.SHARED;
    }

    /** The {@code config} section of the dump: sorted, of texts, numbers, lists and maps. */
    public SortedMap<String, @Nullable Object> dump() {
        return ConfigDump.of(this);
    }

    /** A line per variable: name, default and meaning; for {@code --help} and documentation. */
    public static List<String> describe() {
        return Knobs.ALL.stream()
                .map(knob -> knob.name() + " (" + knob.fallback() + "): " + knob.meaning())
                .toList();
    }
}
