package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ztunnel.daemon.identity.CertificateAuthorityClient;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.LocalCertificateAuthority;
import io.ztunnel.hbone.HboneTls;
import io.ztunnel.hbone.RelayIoHandler;
import io.ztunnel.hbone.Revocations;
import io.ztunnel.policy.Authorization;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.NameSource;
import io.ztunnel.store.Workload;
import io.ztunnel.store.WorkloadWaiter;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What the proxies of one node share, with a CA in the process and a store that the test fills.
 * Pods differ by their loopback address.
 */
final class TestMesh {
    static final String CLIENT_IP = "127.0.0.1";
    static final String SERVER_IP = "127.0.0.3";

    final EventLoopGroup workers = new MultiThreadIoEventLoopGroup(2, RelayIoHandler.newFactory());
    private final EventLoopGroup controlGroup =
            new MultiThreadIoEventLoopGroup(1, RelayIoHandler.newFactory());
    final EventLoop control = controlGroup.next();
    final MeshStore store = new MeshStore("node1");
    final ExecutorService handshakes = Executors.newFixedThreadPool(1);
    final Revocations revocations;
    final CertificateManager certificates;
    final TlsContexts tls;
    final WorkloadWaiter waiter = new WorkloadWaiter(store, control, 100);

    /** Where pods that are made from now on ask for what the store lacks. */
    @Nullable NameSource names;

    /** Whether pods that come next have a DNS proxy, without name servers. */
    boolean dns;

    private final List<TestPod> pods = new ArrayList<>();

    TestMesh() {
        this(
                new LocalCertificateAuthority(
                        new SecureRandom(), InstantSource.system(), Duration.ofHours(1)));
    }

    TestMesh(CertificateAuthorityClient ca) {
        this(ca, Revocations.NONE);
    }

    TestMesh(CertificateAuthorityClient ca, Revocations revocations) {
        this.revocations = revocations;
        certificates =
                new CertificateManager(ca, control, InstantSource.system(), new SecureRandom());
        tls =
                new TlsContexts(
                        certificates, new HboneTls(false, HboneTls.DEFAULT_GROUPS, revocations));
    }

    static InetSocketAddress at(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    /** The pod is there for the control plane and for the node agent. */
    TestPod pod(String name, String ip, TestPod.Options options) throws Exception {
        apply(MeshUpdate.builder().workload(workload(name, ip)).build());
        return unknownPod(name, options);
    }

    /** The control plane has not told of this pod. */
    TestPod unknownPod(String name, TestPod.Options options) throws Exception {
        TestPod pod = new TestPod(this, name, options);
        pods.add(pod);
        return pod;
    }

    void apply(MeshUpdate update) {
        control.submit(() -> store.apply(update)).syncUninterruptibly();
    }

    void policy(String name, Authorization.Action action, Authorization.Match match) {
        policy(name, Authorization.Scope.NAMESPACE, action, match, false);
    }

    void policy(
            String name,
            Authorization.Scope scope,
            Authorization.Action action,
            Authorization.Match match,
            boolean dryRun) {
        Authorization policy =
                new Authorization(
                        name,
                        "shop",
                        scope,
                        action,
                        List.of(
                                new Authorization.Rule(
                                        List.of(new Authorization.Clause(List.of(match))))),
                        dryRun);
        apply(MeshUpdate.builder().policy("shop/" + name, policy).build());
    }

    static Authorization.Match principals(List<Authorization.StringMatch> any) {
        return match(any, List.of());
    }

    /** What istiod makes of PeerAuthentication STRICT when it denies. */
    static Authorization.Match withoutPrincipal() {
        return match(List.of(), List.of(new Authorization.StringMatch.Presence()));
    }

    private static Authorization.Match match(
            List<Authorization.StringMatch> principals,
            List<Authorization.StringMatch> notPrincipals) {
        return new Authorization.Match(
                List.of(),
                List.of(),
                principals,
                notPrincipals,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    static Workload workload(String name, String ip) {
        return workload(name, ip, null);
    }

    /** The server, whose application takes the PROXY protocol on that port of its loopback. */
    static Workload proxied(String name, int port) {
        return workload(
                name,
                SERVER_IP,
                new Workload.ApplicationTunnel(
                        Workload.ApplicationTunnel.TunnelProtocol.PROXY, port));
    }

    /** The same with policies of its own. */
    static Workload selected(String name, String ip, String... policies) {
        return workload(name, ip, null, List.of(policies));
    }

    private static Workload workload(
            String name, String ip, Workload.@Nullable ApplicationTunnel tunnel) {
        return workload(name, ip, tunnel, List.of());
    }

    private static Workload workload(
            String name,
            String ip,
            Workload.@Nullable ApplicationTunnel tunnel,
            List<String> policies) {
        return new Workload(
                "Kubernetes//Pod/shop/" + name,
                name,
                "shop",
                "cluster.local",
                name,
                List.of(IpAddress.parse(ip)),
                "",
                Workload.NetworkMode.STANDARD,
                Workload.Protocol.HBONE,
                false,
                null,
                null,
                tunnel,
                "node1",
                "Kubernetes",
                name,
                "v1",
                "deployment",
                name + "-v1",
                "",
                Workload.Health.HEALTHY,
                new Workload.Locality("r1", "z1", ""),
                policies,
                Map.of(),
                1);
    }

    void close() throws Exception {
        for (TestPod pod : pods) {
            pod.close();
        }
        waiter.close();
        tls.close();
        certificates.close();
        handshakes.shutdownNow();
        workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        controlGroup.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
