package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Workloads and services with everything a test does not care about filled in. */
public final class MeshFixture {
    private MeshFixture() {}

    public static WorkloadBuilder workload(String uid) {
        return new WorkloadBuilder(uid);
    }

    /** A pod of namespace {@code ns1}, service account {@code default}, on node {@code n1}. */
    public static WorkloadBuilder pod(String name) {
        return new WorkloadBuilder("c1//Pod/ns1/" + name).name(name);
    }

    public static ServiceBuilder service(String key) {
        return new ServiceBuilder(NamespacedHostname.parse(key));
    }

    public static NamespacedHostname host(String key) {
        return NamespacedHostname.parse(key);
    }

    public static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    public static final class WorkloadBuilder {
        private final String uid;
        private String name = "w";
        private String namespace = "ns1";
        private String trustDomain = "cluster.local";
        private String account = "default";
        private final List<IpAddress> addresses = new ArrayList<>();
        private String network = "";
        private Workload.NetworkMode mode = Workload.NetworkMode.STANDARD;
        private Workload.Protocol protocol = Workload.Protocol.TCP;
        private boolean nativeTunnel;
        private String node = "n1";
        private String hostname = "";
        private Workload.Health health = Workload.Health.HEALTHY;
        private final Map<NamespacedHostname, PortMap> services = new LinkedHashMap<>();

        private WorkloadBuilder(String uid) {
            this.uid = uid;
        }

        public WorkloadBuilder name(String value) {
            name = value;
            return this;
        }

        public WorkloadBuilder namespace(String value) {
            namespace = value;
            return this;
        }

        public WorkloadBuilder trustDomain(String value) {
            trustDomain = value;
            return this;
        }

        public WorkloadBuilder account(String value) {
            account = value;
            return this;
        }

        public WorkloadBuilder ip(String... values) {
            for (String value : values) {
                addresses.add(IpAddress.parse(value));
            }
            return this;
        }

        public WorkloadBuilder network(String value) {
            network = value;
            return this;
        }

        public WorkloadBuilder hostNetwork() {
            mode = Workload.NetworkMode.HOST_NETWORK;
            return this;
        }

        public WorkloadBuilder hbone() {
            protocol = Workload.Protocol.HBONE;
            return this;
        }

        public WorkloadBuilder nativeTunnel() {
            nativeTunnel = true;
            return this;
        }

        public WorkloadBuilder node(String value) {
            node = value;
            return this;
        }

        public WorkloadBuilder hostname(String value) {
            hostname = value;
            return this;
        }

        public WorkloadBuilder unhealthy() {
            health = Workload.Health.UNHEALTHY;
            return this;
        }

        public WorkloadBuilder in(String service) {
            services.put(NamespacedHostname.parse(service), PortMap.of(Map.of(80, 8080)));
            return this;
        }

        public Workload build() {
            return new Workload(
                    uid,
                    name,
                    namespace,
                    trustDomain,
                    account,
                    List.copyOf(addresses),
                    network,
                    mode,
                    protocol,
                    nativeTunnel,
                    null,
                    null,
                    null,
                    node,
                    "Kubernetes",
                    "",
                    "",
                    "pod",
                    "",
                    hostname,
                    health,
                    Workload.Locality.NONE,
                    List.of(),
                    Map.copyOf(services),
                    1);
        }
    }

    public static final class ServiceBuilder {
        private final NamespacedHostname key;
        private final List<NetworkAddress> vips = new ArrayList<>();
        private final List<Service.NetworkCidr> cidrs = new ArrayList<>();
        private Service.@Nullable LoadBalancing balancing;
        private boolean canonical;
        private Service.Visibility visibility = Service.Visibility.PUBLIC;

        private ServiceBuilder(NamespacedHostname key) {
            this.key = key;
        }

        /** {@code network/ip}. */
        public ServiceBuilder vip(String... values) {
            for (String value : values) {
                int slash = value.indexOf('/');
                vips.add(
                        new NetworkAddress(
                                value.substring(0, slash),
                                IpAddress.parse(value.substring(slash + 1))));
            }
            return this;
        }

        public ServiceBuilder cidr(String network, String block) {
            cidrs.add(new Service.NetworkCidr(network, Cidr.parse(block)));
            return this;
        }

        public ServiceBuilder canonical() {
            canonical = true;
            return this;
        }

        public ServiceBuilder ownNamespaceOnly() {
            visibility = Service.Visibility.NAMESPACE;
            return this;
        }

        public ServiceBuilder allowUnhealthy() {
            balancing =
                    new Service.LoadBalancing(
                            List.of(),
                            Service.LoadBalancing.Mode.STANDARD,
                            Service.LoadBalancing.HealthPolicy.ALLOW_ALL);
            return this;
        }

        public Service build() {
            return new Service(
                    key.hostname().split("\\.", 2)[0],
                    key.namespace(),
                    key.hostname(),
                    List.copyOf(vips),
                    List.copyOf(cidrs),
                    PortMap.of(Map.of(80, 0)),
                    List.of(),
                    null,
                    List.of(),
                    balancing,
                    Service.IpFamilies.AUTOMATIC,
                    canonical,
                    visibility);
        }
    }
}
