package io.ztunnel.routing;

import io.ztunnel.store.Cidr;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.IpFamilies;
import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Service.LoadBalancing.HealthPolicy;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Service.NetworkCidr;
import io.ztunnel.store.Service.Visibility;
import io.ztunnel.store.Service.WeightedWaypoint;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A service in the making: {@code name.namespace.svc.cluster.local}, in namespace default. */
public final class TestService {
    private final String name;
    private String namespace = "default";
    private @Nullable String hostname;
    private final List<NetworkAddress> vips = new ArrayList<>();
    private final List<NetworkCidr> cidrs = new ArrayList<>();
    private final Map<Integer, Integer> ports = new LinkedHashMap<>();
    private List<String> names = List.of();
    private @Nullable GatewayAddress waypoint;
    private final List<WeightedWaypoint> weighted = new ArrayList<>();
    private @Nullable LoadBalancing balancing;
    private IpFamilies families = IpFamilies.AUTOMATIC;
    private Visibility visibility = Visibility.PUBLIC;

    private TestService(String name) {
        this.name = name;
    }

    public static TestService service(String name, String... vips) {
        TestService service = new TestService(name);
        for (String vip : vips) {
            service.vip("", vip);
        }
        return service;
    }

    static String hostnameOf(String name, String namespace) {
        return name + "." + namespace + ".svc.cluster.local";
    }

    public TestService in(String namespace) {
        this.namespace = namespace;
        return this;
    }

    public TestService hostname(String hostname) {
        this.hostname = hostname;
        return this;
    }

    public TestService vip(String network, String ip) {
        vips.add(new NetworkAddress(network, IpAddress.parse(ip)));
        return this;
    }

    public TestService cidr(String block) {
        cidrs.add(new NetworkCidr("", Cidr.parse(block)));
        return this;
    }

    public TestService port(int service, int target) {
        ports.put(service, target);
        return this;
    }

    public TestService names(String... names) {
        this.names = List.of(names);
        return this;
    }

    public TestService waypoint(GatewayAddress waypoint) {
        this.waypoint = waypoint;
        return this;
    }

    public TestService weighted(GatewayAddress waypoint, int weight) {
        weighted.add(new WeightedWaypoint(waypoint, weight));
        return this;
    }

    public TestService balancing(Mode mode, Scope... preferences) {
        this.balancing = new LoadBalancing(List.of(preferences), mode, HealthPolicy.ONLY_HEALTHY);
        return this;
    }

    public TestService families(IpFamilies families) {
        this.families = families;
        return this;
    }

    public TestService visibleInNamespaceOnly() {
        this.visibility = Visibility.NAMESPACE;
        return this;
    }

    public Service build() {
        return new Service(
                name,
                namespace,
                hostname == null ? hostnameOf(name, namespace) : hostname,
                List.copyOf(vips),
                List.copyOf(cidrs),
                PortMap.of(ports),
                names,
                waypoint,
                List.copyOf(weighted),
                balancing,
                families,
                false,
                visibility);
    }
}
