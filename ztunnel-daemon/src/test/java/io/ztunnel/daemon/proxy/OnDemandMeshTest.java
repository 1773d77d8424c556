package io.ztunnel.daemon.proxy;

import static io.ztunnel.daemon.proxy.TestSockets.echoes;
import static io.ztunnel.daemon.proxy.TestSockets.ends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ztunnel.redirection.PodProxy;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.xds.LocalConfigException;
import io.ztunnel.xds.LocalFileSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Connections to what the mesh has not been told of, where it is asked. */
@Timeout(60)
class OnDemandMeshTest {
    private static final String VIP = "127.66.0.1";
    private static final String VIP_NAME = "/" + VIP;

    private final TestMesh mesh = new TestMesh();
    private final ScriptedNames names = new ScriptedNames(mesh);
    private EchoApp app;
    private TestPod client;

    @BeforeEach
    void start() throws Exception {
        app = new EchoApp();
        mesh.names = names;
        TestPod server = mesh.pod("server", TestMesh.SERVER_IP, TestPod.Options.DEFAULTS);
        client = mesh.pod("client", TestMesh.CLIENT_IP, TestPod.Options.DEFAULTS.tunnelsTo(server));
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        app.close();
    }

    /** A service in front of the server pod. */
    private MeshUpdate service(String more) throws LocalConfigException {
        return LocalFileSource.inline(
                        """
                        workloads:
                        - uid: Kubernetes//Pod/shop/server
                          name: server
                          namespace: shop
                          serviceAccount: server
                          trustDomain: cluster.local
                          node: node1
                          protocol: HBONE
                          workloadIps: ["%s"]
                          services:
                            shop/echo.test: {80: %d}
                        services:
                        - name: echo
                          namespace: shop
                          hostname: echo.test
                          vips: ["%s"]
                          ports: {80: 0}
                          %s
                        """
                                .formatted(
                                        TestMesh.SERVER_IP,
                                        app.address().getPort(),
                                        VIP_NAME,
                                        more))
                .read()
                .toUpdate();
    }

    private static InetSocketAddress vip() {
        return TestMesh.at(VIP, 80);
    }

    @Test
    void aServiceThatWasNotToldIsAskedForAndReached() throws Exception {
        names.knows(VIP_NAME, service(""));
        try (Socket socket = client.dial(vip())) {
            assertThat(echoes(socket)).isTrue();
        }
        assertThat(client.line("connection complete"))
                .contains("dst.service=\"echo.test\"")
                .contains("dst.workload=\"server\"");
        assertThat(names.asked).containsExactly(Set.of(VIP_NAME));
        try (Socket socket = client.dial(vip())) {
            assertThat(echoes(socket)).isTrue();
        }
        assertThat(names.asked).as("it is known now").hasSize(1);
    }

    @Test
    void aConnectionWaitsForTheAnswerAndOthersDoNot() throws Exception {
        names.open = new CompletableFuture<>();
        names.knows(VIP_NAME, service(""));
        try (Socket waiting = client.dial(vip())) {
            await().until(() -> !names.asked.isEmpty());
            try (Socket other = client.dial(app.address())) {
                assertThat(echoes(other)).isTrue();
            }
            names.open.complete(null);
            assertThat(echoes(waiting)).isTrue();
        }
    }

    @Test
    void anAddressThatNobodyKnowsIsPassedThrough() throws Exception {
        try (java.net.ServerSocket outside =
                        new java.net.ServerSocket(
                                0, 1, java.net.InetAddress.ofLiteral("127.77.0.1"));
                Socket socket = client.dial((InetSocketAddress) outside.getLocalSocketAddress());
                Socket accepted = outside.accept()) {
            socket.getOutputStream().write('x');
            assertThat(accepted.getInputStream().read()).isEqualTo('x');
        }
        assertThat(names.asked).containsExactly(Set.of("/127.77.0.1"));
    }

    @Test
    void withoutAnAnswerTheConnectionIsRefusedRatherThanSentPastWhatGuardsIt() throws Exception {
        names.loses(VIP_NAME);
        try (Socket socket = client.dial(vip())) {
            assertThat(ends(socket)).isTrue();
        }
        assertThat(client.line("error="))
                .contains("the control plane was asked for " + VIP_NAME + " in vain: said a test")
                .contains("UNANSWERED");
    }

    @Test
    void aWaypointThatWasNotToldIsAskedForToo() throws Exception {
        names.knows(
                VIP_NAME,
                service("waypoint: {destination: \"shop/waypoint.test\", hboneMtlsPort: 15008}"));
        try (Socket socket = client.dial(vip())) {
            assertThat(ends(socket)).isTrue();
        }
        assertThat(client.line("error=")).contains("unknown waypoint: waypoint waypoint.test");
        assertThat(names.asked).containsExactly(Set.of(VIP_NAME), Set.of("shop/waypoint.test"));
    }

    @Test
    void aConnectionThatIsCutWhileItWaitsIsToldOnce() throws Exception {
        names.open = new CompletableFuture<>();
        try (Socket socket = client.dial(vip())) {
            await().until(() -> !names.asked.isEmpty());
            var _ = client.proxy.drain(PodProxy.Drain.IMMEDIATE);
            assertThat(ends(socket)).isTrue();
        }
        names.open.complete(null);
        assertThat(client.line("error=")).contains("connection closed due to connection drain");
        assertThat(client.lines().stream().filter(line -> line.contains("error="))).hasSize(1);
    }

    @Test
    void thePeerOfAPlainConnectionIsAskedForAndServedWithoutAnAnswerToo() throws Exception {
        TestPod server = mesh.unknownPod("plain", TestPod.Options.DEFAULTS);
        mesh.apply(
                MeshUpdate.builder()
                        .workload(TestMesh.workload("plain", "127.0.0.4"))
                        .removeAddress("Kubernetes//Pod/shop/client")
                        .build());
        names.loses("/" + TestMesh.CLIENT_IP);
        try (Socket socket = server.plain(app.address())) {
            assertThat(echoes(socket)).isTrue();
        }
        assertThat(names.asked).containsExactly(Set.of("/" + TestMesh.CLIENT_IP));
        assertThat(List.copyOf(server.lines())).noneMatch(line -> line.contains("in vain"));
    }
}
