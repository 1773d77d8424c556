package io.ztunnel.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Value;

import io.ztunnel.hbone.HboneSettings;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.xds.BearerToken;
import io.ztunnel.xds.ControlPlane;
import io.ztunnel.xds.RootCertificates;
import io.ztunnel.xds.XdsNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

class ConfigTest {
    private final FakeFiles files = new FakeFiles();

    private Config read(String... variables) {
        Map<String, String> env = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            env.put(variables[i], variables[i + 1]);
        }
        return Config.from(env, List.of("proxy", "ztunnel"), files, 8);
    }

    private void refused(String variable, String expected, String... variables) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(variables))
                .satisfies(e -> assertThat(e.variable()).isEqualTo(variable))
                .withMessageContaining(variable)
                .withMessageContaining(expected);
    }

    @Test
    void defaultsAreTheReferences() {
        Config config = read();

        assertThat(config.mode()).isEqualTo(Config.Mode.SHARED);
        assertThat(config.impersonates()).isTrue();
        assertThat(config.proxyEnabled()).isTrue();
        assertThat(config.mesh())
                .isEqualTo(
                        new Config.Mesh("", null, "Kubernetes", "cluster.local", null, "unknown"));
        assertThat(config.sockets())
                .isEqualTo(
                        new Config.Sockets(
                                true,
                                Duration.ofMinutes(3),
                                Duration.ofMinutes(3),
                                9,
                                false,
                                1337L));
        assertThat(config.sockets().userTimeout()).isEqualTo(Duration.ofMinutes(30));
        assertThat(config.inPod())
                .isEqualTo(new Config.InPod("/var/run/ztunnel/ztunnel.sock", true));
        assertThat(config.behaviour())
                .isEqualTo(new Config.Behaviour(null, true, true, false, false));
        assertThat(config.hbone()).isEqualTo(HboneSettings.DEFAULTS);
        assertThat(config.podLimits()).isEqualTo(Config.PodLimits.DEFAULTS);
        assertThat(config.tls()).isEqualTo(new Config.Tls(false, false, null));
        assertThat(config.ca().secretTtl()).isEqualTo(Duration.ofDays(1));
        assertThat(config.token()).isNull();
        assertThat(config.xds().onDemand()).isFalse();
        assertThat(config.xds().localSource()).isEqualTo(new Config.LocalSource.None());
        assertThat(config.self()).isNull();
        assertThat(config.terminationDeadline()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.dns().enabled()).isTrue();
        assertThat(config.listeners().illegalPorts()).containsExactly(15001, 15006, 15008);
        assertThat(config.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ENABLE_PROXY,TRUE",
        "ENABLE_PROXY,1",
        "IPV6_ENABLED,''",
        "IPV6_ENABLED,yes",
        "INPOD_PORT_REUSE,False",
        "ENABLE_ORIG_SRC,maybe",
        "KEEPALIVE_ENABLED,on",
        "USER_TIMEOUT_ENABLED,0",
        "LOCALHOST_APP_TUNNEL,' true'",
        "ENABLE_RESPONSE_BAGGAGE,t",
        "UNSTABLE_ENABLE_SOCKS5,no",
        "ZTUNNEL_RESET_FIDELITY,yes",
        "XDS_ON_DEMAND,x",
        "FAKE_CA,True",
    })
    void aBooleanIsExactlyTrueOrFalse(String variable, String value) {
        refused(variable, "expected true or false", variable, value);
    }

    @ParameterizedTest
    @CsvSource({
        "PROXY_MODE,Shared,shared or dedicated",
        "PROXY_MODE,'',shared or dedicated",
        "PACKET_MARK,-1,0 to 4294967295",
        "PACKET_MARK,0x539,0 to 4294967295",
        "KEEPALIVE_TIME,3 minutes,a duration",
        "KEEPALIVE_TIME,0s,a duration",
        "KEEPALIVE_INTERVAL,-5s,a duration",
        "KEEPALIVE_RETRIES,0,1 to 127",
        "POOL_MAX_STREAMS_PER_CONNECTION,0,1 to 65535",
        "POOL_MAX_STREAMS_PER_CONNECTION,70000,1 to 65535",
        "POOL_UNUSED_RELEASE_TIMEOUT,5x,a duration",
        "HTTP2_STREAM_WINDOW_SIZE,2147483648,1 to 2147483647",
        "HTTP2_CONNECTION_WINDOW_SIZE,1000,65535 to",
        "HTTP2_FRAME_SIZE,1024,16384 to 16777215",
        "ZTUNNEL_POD_MAX_CONNECTIONS,0,1 to 2147483647",
        "ZTUNNEL_POD_MAX_BUFFERED_BYTES,64M,0 to 2147483647",
        "ZTUNNEL_POD_MAX_HANDSHAKES_PER_SECOND,-1,1 to 1000000",
        "HTTP2_FRAME_SIZE,1.5,16384 to 16777215",
        "CONNECTION_TERMINATION_DEADLINE,soon,a duration",
        "TERMINATION_GRACE_PERIOD_SECONDS,30s,a whole number",
        "SECRET_TTL,'',a duration",
        "XDS_ADDRESS,http://istiod:15010,https",
        "XDS_ADDRESS,https://,https",
        "CA_ADDRESS,https://host:99999,https",
        "CA_ADDRESS,'a b:1',https",
        "ZTUNNEL_WORKER_THREADS,0%,percentage",
        "ZTUNNEL_WORKER_THREADS,101%,percentage",
        "ZTUNNEL_WORKER_THREADS,two,percentage",
        "ZTUNNEL_WORKER_THREADS,-1,percentage",
        "ZTUNNEL_CPU_LIMIT,1.5,whole number",
        "ZTUNNEL_RESOURCE_CPU_LIMIT,0,quantity",
        "ZTUNNEL_RESOURCE_CPU_LIMIT,-1,quantity",
        "ZTUNNEL_RESOURCE_CPU_LIMIT,Infinity,quantity",
        "ZTUNNEL_RESOURCE_CPU_REQUEST,500k,quantity",
        "ISTIO_META_DNS_PROXY_ADDR,nowhere:53,localhost:port",
        "ISTIO_META_DNS_PROXY_ADDR,127.0.0.1,localhost:port",
    })
    void aBadValueIsRefusedWithItsVariableAndWhatIsExpected(
            String variable, String value, String expected) {
        refused(variable, expected, variable, value);
    }

    @Test
    void proxyAndDnsCannotBothBeOff() {
        refused("ENABLE_PROXY", "nothing", "ENABLE_PROXY", "false", "ISTIO_META_DNS_CAPTURE", "0");
        assertThat(read("ENABLE_PROXY", "false").dns().enabled()).isTrue();
    }

    @Test
    void dedicatedModeNeedsItsWorkloadAndHasNoMarkAndNoImpersonation() {
        refused("PROXY_WORKLOAD_INFO", "required", "PROXY_MODE", "dedicated");
        for (String wrong : new String[] {"ns/name", "ns//sa"}) {
            refused(
                    "PROXY_WORKLOAD_INFO",
                    "namespace/name/serviceaccount",
                    "PROXY_MODE",
                    "dedicated",
                    "PROXY_WORKLOAD_INFO",
                    wrong);
            assertThat(read("PROXY_WORKLOAD_INFO", wrong).dedicatedWorkload())
                    .as("nobody asks for it in shared mode")
                    .isNull();
        }

        Config config = read("PROXY_MODE", "dedicated", "PROXY_WORKLOAD_INFO", "ns/pod/a/b");

        assertThat(config.dedicatedWorkload())
                .isEqualTo(new Config.WorkloadInfo("ns", "pod", "a/b"));
        assertThat(config.sockets().packetMark()).isNull();
        assertThat(config.impersonates()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"500ms,1", "1s,1", "32767s,32767", "10h,32767", "1500ms,1"})
    void aKeepaliveTimeBeyondTheKernelsBoundsIsTheBound(String text, long seconds) {
        Config config = read("KEEPALIVE_TIME", text, "KEEPALIVE_INTERVAL", text);
        assertThat(config.sockets().keepaliveTime()).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(config.sockets().keepaliveInterval()).isEqualTo(Duration.ofSeconds(seconds));
        boolean kept = text.equals(seconds + "s");
        assertThat(config.warnings()).hasSize(kept ? 0 : 2);
    }

    @Test
    void markZeroIsNoMark() {
        assertThat(read("PACKET_MARK", "0").sockets().packetMark()).isNull();
        assertThat(read("PACKET_MARK", "4294967295").sockets().packetMark()).isEqualTo(4294967295L);
    }

    @Test
    void metaClusterIdWinsOverClusterId() {
        assertThat(read("CLUSTER_ID", "a").mesh().clusterId()).isEqualTo("a");
        assertThat(read("CLUSTER_ID", "a", "ISTIO_META_CLUSTER_ID", "b").mesh().clusterId())
                .isEqualTo("b");
    }

    @ParameterizedTest
    @CsvSource({"'',5", "30,25", "11,6", "10,9", "2,1", "1,1", "0,1"})
    void theDrainLeavesRoomInTheGracePeriod(String grace, long seconds) {
        Config config = grace.isEmpty() ? read() : read("TERMINATION_GRACE_PERIOD_SECONDS", grace);
        assertThat(config.terminationDeadline()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void anExplicitDeadlineWinsOverTheGracePeriod() {
        Config config =
                read(
                        "CONNECTION_TERMINATION_DEADLINE",
                        "90s",
                        "TERMINATION_GRACE_PERIOD_SECONDS",
                        "30");
        assertThat(config.terminationDeadline()).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @CsvSource({
        "istiod.istio-system.svc:15012,https://istiod.istio-system.svc:15012,"
                + "istiod.istio-system.svc,15012",
        "https://10.0.0.1:15012,https://10.0.0.1:15012,10.0.0.1,15012",
        "https://[fd00::1]:15012,https://[fd00::1]:15012,fd00::1,15012",
        "https://istiod,https://istiod,istiod,443",
    })
    void aServerAddressIsHttpsWithAHostAndAPort(String text, String uri, String host, int port) {
        Config config = read("XDS_ADDRESS", text, "CA_ADDRESS", text);
        for (Config.Server server : List.of(config.xds().server(), config.ca().server())) {
            ControlPlane opened = Objects.requireNonNull(config.controlPlane(server));
            assertThat(opened.address()).hasToString(uri);
            assertThat(opened.host()).isEqualTo(host);
            assertThat(opened.port()).isEqualTo(port);
        }
    }

    @Test
    void theControlPlaneIsIstiodInKubernetesAndLocalhostElsewhere() {
        Config cluster = read("KUBERNETES_SERVICE_HOST", "10.0.0.1");
        assertThat(cluster.xds().server().address())
                .hasToString("https://istiod.istio-system.svc:15012");
        assertThat(cluster.ca().server().address())
                .hasToString("https://istiod.istio-system.svc:15012");
        assertThat(read().xds().server().address()).hasToString("https://localhost:15012");
    }

    @Test
    void emptyAddressesTurnXdsOffButACaIsNeeded() {
        assertThat(read("XDS_ADDRESS", "").xds().server().address()).isNull();
        refused("CA_ADDRESS", "expected the address of a CA", "CA_ADDRESS", "");
        Config fake = read("CA_ADDRESS", "", "FAKE_CA", "true");
        assertThat(fake.ca().fake()).isTrue();
        assertThat(fake.ca().server().address()).isNull();
    }

    @Test
    void rootsAreAFileTheSystemOrPemText() {
        files.with("/roots.pem", "x");
        String pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        Function<String, RootCertificates> ca = v -> read("CA_ROOT_CA", v).ca().server().roots();

        assertThat(ca.apply("/roots.pem"))
                .isEqualTo(new RootCertificates.File(Path.of("/roots.pem")));
        assertThat(ca.apply("SYSTEM")).isEqualTo(new RootCertificates.OperatingSystem());
        assertThat(ca.apply(pem)).isEqualTo(new RootCertificates.Inline(pem));
        assertThat(ca.apply("/not/yet/there.pem"))
                .as("a file that may still appear")
                .isEqualTo(new RootCertificates.File(Path.of("/not/yet/there.pem")));
        assertThat(read().xds().server().roots())
                .isEqualTo(
                        new RootCertificates.File(
                                Path.of("./var/run/secrets/istio/root-cert.pem")));
    }

    @Test
    void theTokenIsADefaultFileAFileOrALiteral() {
        Path standard = Path.of("./var/run/secrets/tokens/istio-token");
        assertThat(read("AUTH_TOKEN", "literal ").token())
                .isEqualTo(new BearerToken.Literal("literal"));
        files.with("./var/run/secrets/tokens/istio-token", "t").with("/mine", "t");
        assertThat(read().token()).isEqualTo(new BearerToken.File(standard));
        assertThat(read("AUTH_TOKEN", "/mine").token())
                .isEqualTo(new BearerToken.File(Path.of("/mine")));
    }

    @Test
    void noTextShowsTheToken() throws IOException {
        Config config =
                read("AUTH_TOKEN", "hush-secret", "CA_HEADER_X_KEY", "hush-key", "POD_NAME", "p");

        assertThat(Objects.requireNonNull(config.token()).read()).isEqualTo("hush-secret");
        assertThat(config.toString()).doesNotContain("hush");
        assertThat(config.dump().toString()).doesNotContain("hush-secret");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read("AUTH_TOKEN", "hush with spaces"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush"));
    }

    @Test
    void aTokenFileIsReadEachTimeAndTrimmed() throws IOException {
        Path file = Files.createTempFile("token", "");
        try {
            BearerToken token = new BearerToken.File(file);
            Files.writeString(file, "first\n");
            assertThat(token.read()).isEqualTo("first");
            Files.writeString(file, "second");
            assertThat(token.read()).isEqualTo("second");
            Files.writeString(file, "\n");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(token::read)
                    .withMessageContaining("empty");
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void headersComeFromTheEnvironmentInLowerCase() {
        Config config = read("XDS_HEADER_X_Team", "mesh", "CA_HEADER_A", "1", "CA_HEADER_B", "2");

        assertThat(config.xds().server().headers()).containsExactly(new Header("x_team", "mesh"));
        assertThat(config.ca().server().headers())
                .containsExactly(new Header("a", "1"), new Header("b", "2"));
        refused("CA_HEADER_a b", "no header name", "CA_HEADER_a b", "1");
        refused("CA_HEADER_A", "printable", "CA_HEADER_A", "line\nbreak");
    }

    @Test
    void metadataOfTheMeshFileTheProxyConfigAndTheEnvironmentIsMerged() {
        files.with(
                ProxyConfig.MESH_FILE,
                """
                defaultConfig:
                  discoveryAddress: istiod.mesh:15012
                  proxyAdminPort: 15099
                  statsPort: 15888
                  unknownField: {a: [1]}
                  proxyMetadata:
                    ISTIO_META_FROM_MESH: mesh
                    BOTH: mesh
                """);
        Config config =
                read(
                        "PROXY_CONFIG",
                        "{proxyAdminPort: 15999, concurrency: 3,"
                                + " proxyMetadata: {BOTH: own, ISTIO_META_ENV: own}}",
                        "ISTIO_META_ENV",
                        "env",
                        "NOT_META",
                        "x");

        assertThat(config.proxyMetadata())
                .containsOnly(
                        Map.entry("FROM_MESH", "mesh"),
                        Map.entry("BOTH", "own"),
                        Map.entry("ENV", "env"));
        assertThat(config.listeners().admin()).isEqualTo(new ListenAddress.Localhost(true, 15999));
        assertThat(config.listeners().stats().port()).isEqualTo(15888);
        assertThat(config.workerThreads()).isEqualTo(3);
        assertThat(config.xds().server().address()).hasToString("https://istiod.mesh:15012");
        assertThat(config.ca().server().address()).hasToString("https://localhost:15012");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1, 2]|mapping",
                "{proxyAdminPort: abc}|proxyAdminPort",
                "{proxyAdminPort: 70000}|from 0 to 65535",
                "{proxyMetadata: text}|mapping",
                "{proxyMetadata: {A: 1}}|proxyMetadata.A",
                "'{a: '|YAML",
            })
    void aProxyConfigOfTheWrongShapeIsRefused(String yaml, String expected) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read("PROXY_CONFIG", yaml))
                .withMessageContaining("PROXY_CONFIG")
                .withMessageContaining(expected);
    }

    @Test
    void aMeshFileThatCannotBeReadEndsTheStart() {
        files.unreadable(ProxyConfig.MESH_FILE);
        refused(ProxyConfig.MESH_FILE, "permission denied");
    }

    @Test
    void theXdsNodeCarriesIdAndMergedMetadata() {
        Config config =
                read(
                        "POD_NAME",
                        "zt-1",
                        "POD_NAMESPACE",
                        "istio-system",
                        "INSTANCE_IP",
                        "10.0.0.9",
                        "NODE_NAME",
                        "n1",
                        "CLUSTER_DOMAIN",
                        "other.local",
                        "ISTIO_META_CLUSTER_ID",
                        "c1",
                        "ISTIO_METAJSON_LABELS",
                        "{\"app\":\"ztunnel\",\"list\":[1,true,null]}",
                        "ISTIO_METAJSON_BROKEN",
                        "{");
        XdsNode node = config.xds().node();

        assertThat(node.id())
                .isEqualTo("ztunnel~10.0.0.9~zt-1.istio-system~istio-system.svc.cluster.local");
        assertThat(node.metadata().getFieldsMap())
                .containsOnlyKeys(
                        "NAME", "NAMESPACE", "INSTANCE_IPS", "NODE_NAME", "CLUSTER_ID", "LABELS");
        assertThat(node.metadata().getFieldsOrThrow("INSTANCE_IPS").getStringValue())
                .isEqualTo("10.0.0.9");
        Value labels = node.metadata().getFieldsOrThrow("LABELS");
        assertThat(labels.getStructValue().getFieldsOrThrow("app").getStringValue())
                .isEqualTo("ztunnel");
        List<Value> list =
                labels.getStructValue().getFieldsOrThrow("list").getListValue().getValuesList();
        assertThat(list.get(0).getNumberValue()).isEqualTo(1);
        assertThat(list.get(1).getBoolValue()).isTrue();
        assertThat(list.get(2).hasNullValue()).isTrue();
        assertThat(config.warnings()).singleElement().asString().contains("ISTIO_METAJSON_BROKEN");
    }

    @Test
    void ourOwnWorkloadNeedsAllItsNames() {
        assertThat(read("POD_NAME", "zt", "POD_NAMESPACE", "ns").self()).isNull();
        Config.Self self =
                read("POD_NAME", "zt", "POD_NAMESPACE", "ns", "SERVICE_ACCOUNT", "sa").self();
        assertThat(self)
                .isEqualTo(
                        new Config.Self(
                                new Config.WorkloadInfo("ns", "zt", "sa"),
                                new Identity("cluster.local", "ns", "sa")));
    }

    @Test
    void onlyTheExactTextTurnsTheLooseSwitchesOn() {
        assertThat(read("TLS12_ENABLED", "TRUE").tls().tls12()).isFalse();
        assertThat(read("TLS12_ENABLED", "true").tls().tls12()).isTrue();
        assertThat(read("AUTHZ_POLICY_INFO_LOGGING", "1").behaviour().authorizationInfoLogging())
                .isFalse();
        assertThat(read("COMPLIANCE_POLICY", "fips-140-2").tls().postQuantum()).isFalse();
        assertThat(read("COMPLIANCE_POLICY", "pqc").tls().postQuantum()).isTrue();
        assertThat(read("CRL_PATH", "").tls().crlPath()).isNull();
    }

    @Test
    void staticConfigurationComesFromOnePlace() {
        assertThat(read("LOCAL_XDS_PATH", "/f").xds().localSource())
                .isEqualTo(new Config.LocalSource.File("/f"));
        assertThat(read("LOCAL_XDS", "a: 1").xds().localSource())
                .isEqualTo(new Config.LocalSource.Inline("a: 1"));
        refused("LOCAL_XDS", "only one", "LOCAL_XDS_PATH", "/f", "LOCAL_XDS", "a: 1");
    }

    @Test
    void onDemandExcludesTheDnsProxy() {
        refused("XDS_ON_DEMAND", "DNS_CAPTURE=false", "XDS_ON_DEMAND", "true");
        assertThat(
                        read("XDS_ON_DEMAND", "true", "ISTIO_META_DNS_CAPTURE", "false")
                                .xds()
                                .onDemand())
                .isTrue();
    }

    @Test
    void thePortOfSocksIsIllegalTooWhereItIsOn() {
        assertThat(read("UNSTABLE_ENABLE_SOCKS5", "true").listeners().illegalPorts())
                .containsExactly(15001, 15006, 15008, 15080);
    }

    @Test
    void wildcardsFollowIpv6AndLocalhostAlsoTheKernelsSwitch() {
        assertThat(read("IPV6_ENABLED", "false").listeners().inbound().addresses())
                .extracting(HostPort::toString)
                .containsExactly("0.0.0.0:15008");
        assertThat(read().listeners().admin().addresses())
                .extracting(HostPort::toString)
                .containsExactly("127.0.0.1:15000", "[::1]:15000");

        files.with("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "1\n");
        Config off = read();
        assertThat(off.listeners().admin()).isEqualTo(new ListenAddress.Localhost(false, 15000));
        assertThat(off.listeners().inbound().addresses())
                .extracting(HostPort::toString)
                .containsExactly("[::]:15008");

        files.unreadable("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
        assertThat(read().warnings()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "TRUE, true", "false, false", "1, false", "'', false"})
    void dnsIsCapturedUnlessItIsSaidOtherwise(String capture, boolean enabled) {
        assertThat(read("ISTIO_META_DNS_CAPTURE", capture).dns().enabled()).isEqualTo(enabled);
        assertThat(read().dns().enabled()).isTrue();
    }

    @Test
    void theDnsListenerMayBeMoved() {
        assertThat(read("ISTIO_META_DNS_PROXY_ADDR", "localhost:5300").dns().listen())
                .isEqualTo(new ListenAddress.Localhost(true, 5300));
        assertThat(read("ISTIO_META_DNS_PROXY_ADDR", "[::1]:53").dns().listen().addresses())
                .extracting(HostPort::toString)
                .containsExactly("[::1]:53");
    }

    @Test
    void resolvConfIsReadAsTheCLibraryReadsIt() {
        files.with(
                "/etc/resolv.conf",
                """
                # comment
                nameserver 10.96.0.10
                nameserver fe80::1%eth0
                nameserver nonsense
                search a.example b.example
                options ndots:5 timeout:99 attempts:x edns0
                """);
        ResolverConfig resolver = read().dns().resolver();
        assertThat(resolver.nameServers())
                .extracting(Object::toString)
                .containsExactly("10.96.0.10", "fe80::1");
        assertThat(resolver.search()).containsExactly("a.example", "b.example");
        assertThat(resolver.ndots()).isEqualTo(5);
        assertThat(resolver.timeoutSeconds()).isEqualTo(30);
        assertThat(resolver.attempts()).isEqualTo(2);
        assertThat(resolver.edns0()).isTrue();
        assertThat(ResolverConfig.parse("nameserver 10.0.0.1").edns0()).isFalse();
    }

    @Test
    void everyVariableIsDescribedOnce() {
        assertThat(Config.describe()).doesNotHaveDuplicates().hasSizeGreaterThan(50);
        assertThat(Knobs.ALL.stream().map(Knob::name)).doesNotHaveDuplicates();
    }
}
