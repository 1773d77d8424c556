package io.ztunnel.routing;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Workload;
import io.ztunnel.store.Workload.ApplicationTunnel;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;
import io.ztunnel.store.Workload.Health;
import io.ztunnel.store.Workload.Locality;
import io.ztunnel.store.Workload.NetworkMode;
import io.ztunnel.store.Workload.Protocol;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A workload in the making. Plain TCP, in namespace default of the default network. */
public final class TestWorkload {
    private final String name;
    private String namespace = "default";
    private String serviceAccount = "default";
    private List<IpAddress> addresses = List.of();
    private String network = "";
    private NetworkMode networkMode = NetworkMode.STANDARD;
    private Protocol protocol = Protocol.TCP;
    private @Nullable GatewayAddress waypoint;
    private @Nullable GatewayAddress gateway;
    private @Nullable ApplicationTunnel tunnel;
    private String node = "local-node";
    private String cluster = "Kubernetes";
    private String hostname = "";
    private Health health = Health.HEALTHY;
    private Locality locality = Locality.NONE;
    private List<String> policies = List.of();
    private final Map<NamespacedHostname, PortMap> services = new LinkedHashMap<>();
    private int capacity = 1;

    private TestWorkload(String name) {
        this.name = name;
    }

    public static TestWorkload workload(String name, String... addresses) {
        TestWorkload workload = new TestWorkload(name);
        workload.addresses = Stream.of(addresses).map(IpAddress::parse).toList();
        return workload;
    }

    public TestWorkload in(String namespace) {
        this.namespace = namespace;
        return this;
    }

    public TestWorkload account(String serviceAccount) {
        this.serviceAccount = serviceAccount;
        return this;
    }

    public TestWorkload hbone() {
        this.protocol = Protocol.HBONE;
        return this;
    }

    public TestWorkload network(String network) {
        this.network = network;
        return this;
    }

    public TestWorkload hostNetwork() {
        this.networkMode = NetworkMode.HOST_NETWORK;
        return this;
    }

    public TestWorkload node(String node) {
        this.node = node;
        return this;
    }

    public TestWorkload cluster(String cluster) {
        this.cluster = cluster;
        return this;
    }

    public TestWorkload waypoint(GatewayAddress waypoint) {
        this.waypoint = waypoint;
        return this;
    }

    public TestWorkload gateway(GatewayAddress gateway) {
        this.gateway = gateway;
        return this;
    }

    public TestWorkload tunnel(TunnelProtocol protocol, int port) {
        this.tunnel = new ApplicationTunnel(protocol, port);
        return this;
    }

    public TestWorkload hostname(String hostname) {
        this.hostname = hostname;
        return this;
    }

    public TestWorkload unhealthy() {
        this.health = Health.UNHEALTHY;
        return this;
    }

    public TestWorkload locality(String region, String zone, String subzone) {
        this.locality = new Locality(region, zone, subzone);
        return this;
    }

    public TestWorkload policies(String... keys) {
        this.policies = List.of(keys);
        return this;
    }

    public TestWorkload capacity(int capacity) {
        this.capacity = capacity;
        return this;
    }

    /**
     * An endpoint of a service in namespace default.
     *
     * @param ports pairs of service port and target port
     */
    public TestWorkload serves(String service, int... ports) {
        Map<Integer, Integer> targets = new LinkedHashMap<>();
        for (int i = 0; i < ports.length; i += 2) {
            targets.put(ports[i], ports[i + 1]);
        }
        services.put(
                new NamespacedHostname("default", TestService.hostnameOf(service, "default")),
                PortMap.of(targets));
        return this;
    }

    public Workload build() {
        return new Workload(
                uid(name, namespace),
                name,
                namespace,
                "cluster.local",
                serviceAccount,
                addresses,
                network,
                networkMode,
                protocol,
                false,
                waypoint,
                gateway,
                tunnel,
                node,
                cluster,
                name + "-app",
                "v1",
                "deployment",
                name + "-deployment",
                hostname,
                health,
                locality,
                policies,
                Map.copyOf(services),
                capacity);
    }

    static String uid(String name, String namespace) {
        return "Kubernetes//Pod/" + namespace + "/" + name;
    }
}
