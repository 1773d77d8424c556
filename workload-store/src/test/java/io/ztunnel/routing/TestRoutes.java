package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import java.util.List;
import java.util.Random;

/**
 * What the routing tests share: a router on the default network, and words for comparing routes.
 * The client is a workload named {@code client} at 10.0.0.1 unless a test says otherwise.
 */
final class TestRoutes {
    static final RoutingConfig CONFIG =
            new RoutingConfig("", 15008, OwnPorts.of(15001, 15006, 15008, 15080), true);
    static final IpAddress CLIENT_IP = IpAddress.parse("10.0.0.1");

    private final Router router;

    TestRoutes() {
        this(CONFIG);
    }

    TestRoutes(RoutingConfig config) {
        Random random = new Random(42);
        this.router = new Router(config, () -> random);
    }

    static TestWorkload client() {
        return TestWorkload.workload("client", CLIENT_IP.toString());
    }

    Route route(TestMesh mesh, String target) {
        return route(mesh, mesh.workloadNamed("client"), target);
    }

    Route route(TestMesh mesh, Workload source, String target) {
        IpAddress downstream = source.addresses().isEmpty() ? CLIENT_IP : source.addresses().get(0);
        return router.route(mesh, source, downstream, address(target), Trace.NONE);
    }

    Route.Hbone tunnel(TestMesh mesh, String target) {
        Route route = route(mesh, target);
        assertThat(route).isInstanceOf(Route.Hbone.class);
        return (Route.Hbone) route;
    }

    Route.DoubleHbone gateway(TestMesh mesh, String target) {
        Route route = route(mesh, target);
        assertThat(route).isInstanceOf(Route.DoubleHbone.class);
        return (Route.DoubleHbone) route;
    }

    static HostPort address(String text) {
        if (ConnectAuthority.parse(text) instanceof ConnectAuthority.Address by) {
            return by.address();
        }
        throw new IllegalArgumentException("not an address and port: " + text);
    }

    static Route.Hop hop(String address) {
        return new Route.Hop.Address(address(address));
    }

    static Route.Authority authority(String text) {
        HostPort address = address(text);
        return new Route.Authority(address.ip(), address.port());
    }

    static List<String> principals(List<Identity> identities) {
        return identities.stream().map(Identity::principal).toList();
    }

    static Route.Refused refused(RoutingError error, String detail) {
        return new Route.Refused(error, detail);
    }
}
