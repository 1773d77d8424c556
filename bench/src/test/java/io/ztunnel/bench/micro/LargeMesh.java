package io.ztunnel.bench.micro;

import io.ztunnel.store.Cidr;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * A store with 100,000 workloads behind 10,000 services in 200 namespaces on 1,000 nodes. Every
 * tenth service asks for its namespace's waypoint, and every hundredth owns a block of addresses.
 */
final class LargeMesh {
    static final int WORKLOADS = 100_000;
    static final int SERVICES = 10_000;

    /** How many different ones of each kind a benchmark goes through. */
    static final int VARIETY = 1024;

    private static final int NAMESPACES = 200;
    private static final int NODES = 1_000;
    private static final int POD_BASE = 10 << 24;
    private static final int VIP_BASE = 172 << 24 | 20 << 16;
    private static final int WAYPOINT_BASE = 11 << 24;
    private static final int BLOCK_BASE = 198 << 24 | 18 << 16;
    private static final PortMap PORTS = PortMap.of(Map.of(80, 8080, 9090, 9090));
    private static final PortMap WAYPOINT_PORTS = PortMap.of(Map.of(15008, 15008));

    private final MeshView view;

    LargeMesh() {
        MeshStore store = new MeshStore("node-0");
        MeshUpdate.Builder update = MeshUpdate.builder();
        for (int i = 0; i < NAMESPACES; i++) {
            update.service(waypointService(i));
            update.workload(waypoint(i));
        }
        for (int i = 0; i < SERVICES; i++) {
            update.service(service(i));
        }
        for (int i = 0; i < WORKLOADS; i++) {
            update.workload(workload(i));
        }
        store.apply(update.build());
        view = store.view();
    }

    MeshView view() {
        return view;
    }

    /** A pod of this node. */
    Workload client() {
        return Objects.requireNonNull(view.workload(uid(0)));
    }

    static IpAddress podAddress(int workload) {
        return ip(POD_BASE + 1 + workload);
    }

    static IpAddress vip(int service) {
        return ip(VIP_BASE + 1 + service);
    }

    /** An address within the block of a service, itself nobody's. */
    static IpAddress inBlock(int service) {
        return ip(BLOCK_BASE + (service / 100 << 8) + 77);
    }

    static IpAddress outside(int i) {
        return ip((93 << 24 | 184 << 16) + i);
    }

    static boolean hasWaypoint(int service) {
        return service % 10 == 3;
    }

    static boolean hasBlock(int service) {
        return service % 100 == 7;
    }

    static HostPort[] targets(int port, IntFunction<IpAddress> address) {
        HostPort[] targets = new HostPort[VARIETY];
        for (int i = 0; i < VARIETY; i++) {
            targets[i] = new HostPort(address.apply(i), port);
        }
        return targets;
    }

    /** Far apart, so that neighbours in memory do not help. */
    static int spread(int i, int size) {
        return (int) (i * 7_919L % size);
    }

    private static IpAddress ip(int bits) {
        return IpAddress.of(
                new byte[] {
                    (byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits
                });
    }

    private static String namespace(int service) {
        return "tenant-" + service % NAMESPACES;
    }

    private static NamespacedHostname key(int service) {
        String namespace = namespace(service);
        return new NamespacedHostname(
                namespace, "service-" + service + "." + namespace + ".svc.cluster.local");
    }

    private static String uid(int workload) {
        return "Kubernetes//Pod/" + namespace(workload % SERVICES) + "/" + podName(workload);
    }

    private static String podName(int workload) {
        return "service-" + workload % SERVICES + "-v1-6bd6b8bc4d-" + workload;
    }

    private static Service service(int i) {
        return service(
                "service-" + i,
                key(i),
                vip(i),
                hasBlock(i)
                        ? List.of(new Service.NetworkCidr("", new Cidr(inBlock(i), 24)))
                        : List.of(),
                PORTS,
                hasWaypoint(i) ? waypointAddress(i % NAMESPACES) : null);
    }

    private static Service waypointService(int namespace) {
        return service(
                "waypoint",
                waypointKey(namespace),
                ip(VIP_BASE + 60_000 + namespace),
                List.of(),
                WAYPOINT_PORTS,
                null);
    }

    private static NamespacedHostname waypointKey(int namespace) {
        String name = "tenant-" + namespace;
        return new NamespacedHostname(name, "waypoint." + name + ".svc.cluster.local");
    }

    private static GatewayAddress waypointAddress(int namespace) {
        return new GatewayAddress(new GatewayAddress.ByHostname(waypointKey(namespace)), 15008);
    }

    private static Service service(
            String name,
            NamespacedHostname key,
            IpAddress vip,
            List<Service.NetworkCidr> blocks,
            PortMap ports,
            @Nullable GatewayAddress waypoint) {
        return new Service(
                name,
                key.namespace(),
                key.hostname(),
                List.of(new NetworkAddress("", vip)),
                blocks,
                ports,
                List.of(),
                waypoint,
                List.of(),
                null,
                Service.IpFamilies.AUTOMATIC,
                true,
                Service.Visibility.PUBLIC);
    }

    private static Workload workload(int i) {
        int service = i % SERVICES;
        return workload(
                uid(i),
                podName(i),
                namespace(service),
                "service-" + service,
                podAddress(i),
                "node-" + i % NODES,
                Map.of(key(service), PORTS));
    }

    private static Workload waypoint(int namespace) {
        String name = "tenant-" + namespace;
        return workload(
                "Kubernetes//Pod/" + name + "/waypoint-0",
                "waypoint-0",
                name,
                "waypoint",
                ip(WAYPOINT_BASE + 1 + namespace),
                "node-" + namespace,
                Map.of(waypointKey(namespace), WAYPOINT_PORTS));
    }

    private static Workload workload(
            String uid,
            String name,
            String namespace,
            String app,
            IpAddress address,
            String node,
            Map<NamespacedHostname, PortMap> services) {
        return new Workload(
                uid,
                name,
                namespace,
                "cluster.local",
                app,
                List.of(address),
                "",
                Workload.NetworkMode.STANDARD,
                Workload.Protocol.HBONE,
                false,
                null,
                null,
                null,
                node,
                "Kubernetes",
                app,
                "v1",
                "deployment",
                app + "-v1",
                "",
                Workload.Health.HEALTHY,
                new Workload.Locality("region-1", "zone-1", ""),
                List.of(),
                services,
                1);
    }
}
