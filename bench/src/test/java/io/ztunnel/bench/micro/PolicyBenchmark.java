package io.ztunnel.bench.micro;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.Authorization.Clause;
import io.ztunnel.policy.Authorization.Match;
import io.ztunnel.policy.Authorization.Rule;
import io.ztunnel.policy.Authorization.StringMatch;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.policy.Verdict;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.List;
import java.util.Map;

/**
 * Whether a connection is let in by the policies of the workload's namespace: each admits another
 * client to another port, and the last one this client.
 */
@State(Scope.Thread)
public class PolicyBenchmark {
    @Param({"0", "10", "1000", "10000"})
    public int policies;

    private final PolicyEngine engine = new PolicyEngine();
    private final Workload destination = server();
    private final PolicyInput connection =
            new PolicyInput(
                    new HostPort(IpAddress.parse("10.0.0.1"), 41_000),
                    new Identity("cluster.local", "shop", "client-0"),
                    new HostPort(IpAddress.parse("10.0.0.2"), 8080));
    private MeshView view = new MeshStore("node").view();

    @Setup
    public void applyPolicies() {
        MeshStore store = new MeshStore("node");
        MeshUpdate.Builder update = MeshUpdate.builder().workload(destination);
        for (int i = 1; i <= policies; i++) {
            Authorization policy = policy(i, policies - i);
            update.policy(policy.key(), policy);
        }
        store.apply(update.build());
        view = store.view();
        if (!(evaluate() instanceof Verdict.Allowed)) {
            throw new IllegalStateException("denied: " + evaluate());
        }
    }

    @Benchmark
    public Verdict evaluate() {
        return engine.evaluate(view, destination, connection, Trace.NONE);
    }

    private static Authorization policy(int number, int client) {
        StringMatch principal = new StringMatch.Exact("cluster.local/ns/shop/sa/client-" + client);
        Match match =
                new Match(
                        List.of(),
                        List.of(),
                        List.of(principal),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(8080 + client % 4),
                        List.of());
        return new Authorization(
                "admit-" + number,
                "shop",
                Authorization.Scope.NAMESPACE,
                Authorization.Action.ALLOW,
                List.of(new Rule(List.of(new Clause(List.of(match))))),
                false);
    }

    private static Workload server() {
        return new Workload(
                "Kubernetes//Pod/shop/server",
                "server",
                "shop",
                "cluster.local",
                "server",
                List.of(IpAddress.parse("10.0.0.2")),
                "",
                Workload.NetworkMode.STANDARD,
                Workload.Protocol.HBONE,
                false,
                null,
                null,
                null,
                "node",
                "Kubernetes",
                "server",
                "v1",
                "deployment",
                "server",
                "",
                Workload.Health.HEALTHY,
                Workload.Locality.NONE,
                List.of(),
                Map.of(),
                1);
    }
}
