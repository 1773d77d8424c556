package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.daemon.admin.ConfigDump;
import io.ztunnel.daemon.telemetry.Golden;
import io.ztunnel.policy.Authorization;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodStatus;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The dump of a node with a pod that has a connection: which keys, and what kind of value. */
class ConfigDumpShapeTest {
    private static final NamespacedHostname SERVICE =
            new NamespacedHostname("shop", "server.shop.svc.cluster.local");

    private final TestMesh mesh = new TestMesh();
    private EchoApp app;
    private TestPod server;
    private Socket connection;

    @BeforeEach
    void connect() throws Exception {
        app = new EchoApp();
        server = mesh.pod("server", TestMesh.SERVER_IP, TestPod.Options.DEFAULTS);
        mesh.apply(
                MeshUpdate.builder()
                        .service(service())
                        .workload(member(TestMesh.workload("server", TestMesh.SERVER_IP)))
                        .build());
        mesh.policy(
                "nobody",
                Authorization.Action.DENY,
                TestMesh.principals(List.of(new Authorization.StringMatch.Exact("nobody"))));
        TestPod client =
                mesh.pod("client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.tunnelsTo(server));
        connection = client.dial(app.address());
        connection.getOutputStream().write(1);
        assertThat(connection.getInputStream().read()).isEqualTo(1);
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        mesh.close();
        app.close();
    }

    private static Service service() {
        return new Service(
                "server",
                SERVICE.namespace(),
                SERVICE.hostname(),
                List.of(new NetworkAddress("", IpAddress.parse("10.96.0.1"))),
                List.of(),
                PortMap.of(Map.of(80, 8080)),
                List.of(),
                new GatewayAddress(
                        new GatewayAddress.ByHostname(
                                new NamespacedHostname("shop", "waypoint.shop.svc.cluster.local")),
                        15008),
                List.of(),
                new Service.LoadBalancing(
                        List.of(Service.LoadBalancing.Scope.NETWORK),
                        Service.LoadBalancing.Mode.FAILOVER,
                        Service.LoadBalancing.HealthPolicy.ONLY_HEALTHY),
                Service.IpFamilies.IPV4_ONLY,
                true,
                Service.Visibility.PUBLIC);
    }

    private static Workload member(Workload w) {
        return new Workload(
                w.uid(),
                w.name(),
                w.namespace(),
                w.trustDomain(),
                w.serviceAccount(),
                w.addresses(),
                w.network(),
                w.networkMode(),
                w.protocol(),
                w.nativeTunnel(),
                w.waypoint(),
                w.networkGateway(),
                w.applicationTunnel(),
                w.node(),
                w.clusterId(),
                w.canonicalName(),
                w.canonicalRevision(),
                w.workloadType(),
                w.workloadName(),
                w.hostname(),
                w.status(),
                w.locality(),
                w.authorizationPolicies(),
                Map.of(SERVICE, PortMap.of(Map.of(80, 8080))),
                w.capacity());
    }

    private Map<String, Object> dump() throws IOException {
        PodStatus up =
                new PodStatus(
                        new PodInfo("uid-server", "server", "shop", "server"),
                        PodStatus.State.UP,
                        server.proxy);
        PodStatus pending =
                new PodStatus(
                        new PodInfo("uid-waits", "waits", "shop", "waits"),
                        PodStatus.State.PENDING,
                        null);
        ConfigDump dump =
                new ConfigDump(
                        new ConfigDump.Sources(
                                mesh.store::view,
                                mesh.certificates::snapshot,
                                Map::of,
                                () -> ConfigDump.StaticConfig.EMPTY,
                                () -> List.of(up, pending),
                                Map.of("version", "x")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        dump.writeTo(out);
        return JSON.std.mapFrom(out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void sectionsAreThereInAlphabeticalOrder() throws Exception {
        assertThat(dump().keySet())
                .containsExactly(
                        "certificates",
                        "config",
                        "policies",
                        "services",
                        "stagedServices",
                        "staticConfig",
                        "version",
                        "workloadState",
                        "workloads");
    }

    @Test
    void podsAreUpWithTheirConnectionsOrPendingWithout() throws Exception {
        Map<String, String> shapes = shapes(Map.of("s", section(dump(), "workloadState")));
        assertThat(shapes)
                .containsEntry("s.*.state", "text")
                .containsEntry("s.*.info.serviceAccount", "text")
                .containsEntry("s.*.connections.inbound[].actualDst", "text")
                .containsEntry("s.*.connections.inbound[].protocol", "text")
                .containsEntry("s.*.connections.inbound[].src", "text");
        assertThat(section(dump(), "workloadState").toString())
                .contains(
                        "uid-waits={info={name=waits, namespace=shop, serviceAccount=waits},"
                                + " state=Pending}");
    }

    @Test
    void certificatesAreShownWithoutTheirKeys() throws Exception {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.write(dump().toString().getBytes(StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains("spiffe://cluster.local/ns/shop/sa/server", "state=Available")
                .doesNotContain("PRIVATE");
    }

    /** Apart from what is free text, and from the configuration, which has a test of its own. */
    @Test
    void everyKeyOfARecordedDumpIsHereWithTheSameKindOfValue() throws Exception {
        Map<String, Object> recorded =
                JSON.std.mapFrom(Files.readString(Golden.file("config_dump.json")));
        recorded.put(
                "policies",
                JSON.std.listFrom(Files.readString(Golden.file("config_dump.policies.json"))));
        recorded.remove("config");
        recorded.remove("version");
        Map<String, Object> ours = dump();
        ours.remove("config");
        ours.remove("version");
        Map<String, String> expected = shapes(recorded);
        Map<String, String> shapes = shapes(ours);
        // Named by the Forwarded header, which one of the two clients did not send.
        String claimed = "workloadState.*.connections.inbound[].originalDst";
        expected.remove(claimed);
        shapes.remove(claimed);
        assertThat(new TreeSet<>(shapes.keySet())).containsAll(expected.keySet());
        expected.forEach((path, kind) -> assertThat(shapes).containsEntry(path, kind));
    }

    private static Object section(Map<String, Object> dump, String name) {
        Object section = dump.get(name);
        assertThat(section).isNotNull();
        return section;
    }

    /** Paths with the kinds of values found there; names of things are one and the same. */
    private static Map<String, String> shapes(Map<String, Object> dump) {
        Map<String, String> shapes = new TreeMap<>();
        dump.forEach((name, value) -> collect(name, value, shapes));
        return shapes;
    }

    private static void collect(String path, @Nullable Object value, Map<String, String> shapes) {
        switch (value) {
            case null -> shapes.put(path, "null");
            case Map<?, ?> map ->
                    map.forEach(
                            (key, inner) -> collect(path + "." + step(path, key), inner, shapes));
            case List<?> list -> list.forEach(item -> collect(path + "[]", item, shapes));
            case Number number -> shapes.put(path, "number");
            case Boolean flag -> shapes.put(path, "flag");
            default -> shapes.put(path, "text");
        }
    }

    private static String step(String path, Object key) {
        boolean named =
                path.equals("workloadState")
                        || path.equals("s")
                        || path.equals("stagedServices")
                        || path.endsWith(".endpoints")
                        || path.endsWith(".port")
                        || path.endsWith(".ports");
        return named ? "*" : key.toString();
    }
}
