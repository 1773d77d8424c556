package io.ztunnel.bench.micro;

import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Route;
import io.ztunnel.routing.Router;
import io.ztunnel.routing.RoutingConfig;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.ThreadLocalRandom;

/** Where an outbound connection goes, in a large mesh. */
@State(Scope.Thread)
public class RouteBenchmark {
    private final LargeMesh mesh = new LargeMesh();
    private final Workload client = mesh.client();
    private final IpAddress source = client.addresses().getFirst();
    private final Router router =
            new Router(
                    new RoutingConfig("", 15008, OwnPorts.of(15001, 15006, 15008), true),
                    ThreadLocalRandom::current);
    private final HostPort[] pods =
            LargeMesh.targets(
                    8080, i -> LargeMesh.podAddress(LargeMesh.spread(i, LargeMesh.WORKLOADS)));
    private final HostPort[] services =
            LargeMesh.targets(
                    80, i -> LargeMesh.vip(LargeMesh.spread(i, LargeMesh.SERVICES / 10) * 10));
    private final HostPort[] behindWaypoints =
            LargeMesh.targets(
                    80, i -> LargeMesh.vip(LargeMesh.spread(i, LargeMesh.SERVICES / 10) * 10 + 3));
    private final HostPort[] elsewhere = LargeMesh.targets(443, LargeMesh::outside);
    private int next;

    public RouteBenchmark() {
        expect(Route.Hbone.class, pods);
        expect(Route.Hbone.class, services);
        expect(Route.Hbone.class, behindWaypoints);
        expect(Route.Passthrough.class, elsewhere);
    }

    private void expect(Class<? extends Route> kind, HostPort[] targets) {
        Route route = route(targets);
        if (!kind.isInstance(route)) {
            throw new IllegalStateException("not a " + kind + ": " + route);
        }
    }

    @Benchmark
    public Route toPod() {
        return route(pods);
    }

    @Benchmark
    public Route toService() {
        return route(services);
    }

    @Benchmark
    public Route throughWaypoint() {
        return route(behindWaypoints);
    }

    @Benchmark
    public Route passthrough() {
        return route(elsewhere);
    }

    private Route route(HostPort[] targets) {
        HostPort target = targets[next++ & LargeMesh.VARIETY - 1];
        return router.route(mesh.view(), client, source, target, Trace.NONE);
    }
}
