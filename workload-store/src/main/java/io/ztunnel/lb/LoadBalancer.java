package io.ztunnel.lb;

import io.ztunnel.store.Endpoint;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.random.RandomGenerator;

/**
 * Picks one endpoint of a service for one connection: of those that can be reached, the nearest by
 * the service's preferences, at random by capacity. There is no affinity and no second try.
 */
public final class LoadBalancer {
    private LoadBalancer() {}

    /**
     * One pass over the endpoints, without collecting them: each candidate replaces the one held
     * with a chance of its share in the capacity seen so far, which gives every candidate its share
     * of the whole in the end.
     *
     * @param source the client: its network and locality decide what is near
     * @param servicePort the port that the client addressed
     * @return null when no endpoint can serve the port, or none of the nearest has any capacity
     */
    public static @Nullable Choice choose(
            MeshView view,
            Workload source,
            Service service,
            int servicePort,
            Purpose purpose,
            RandomGenerator random,
            Trace trace) {
        boolean traced = isHeard(trace);
        Workload held = null;
        int heldPort = 0;
        int bestRank = LocalityRank.EXCLUDED;
        long capacitySeen = 0;
        for (Endpoint endpoint : view.endpoints(service.key()).values()) {
            Workload workload = view.workload(endpoint.workloadUid());
            if (workload == null) {
                continue;
            }
            int port = PortMapping.target(service, endpoint, workload, servicePort, purpose);
            if (port == PortMap.UNMAPPED || !isReachable(source, workload)) {
                if (traced) {
                    explainSkipped(trace, workload, port, servicePort);
                }
                continue;
            }
            int rank = LocalityRank.of(service.loadBalancing(), source, workload);
            if (traced) {
                explainRank(trace, workload, rank);
            }
            if (rank == LocalityRank.EXCLUDED || rank < bestRank) {
                continue;
            }
            if (rank > bestRank) {
                bestRank = rank;
                capacitySeen = 0;
                held = null;
            }
            long capacity = Integer.toUnsignedLong(workload.capacity());
            capacitySeen += capacity;
            boolean only = capacity == capacitySeen;
            if (capacity > 0 && (only || random.nextLong(capacitySeen) < capacity)) {
                held = workload;
                heldPort = port;
            }
        }
        Choice choice = held == null ? null : new Choice(held, heldPort);
        if (traced) {
            explainChoice(trace, service, servicePort, choice);
        }
        return choice;
    }

    /** Saves the work of explaining each of what may be thousands of endpoints to nobody. */
    @SuppressWarnings("ReferenceEquality") // the one that never listens is an object, not a value
    private static boolean isHeard(Trace trace) {
        return trace != Trace.NONE;
    }

    /** Without an address only another network's gateway can lead there. */
    private static boolean isReachable(Workload source, Workload workload) {
        return !workload.addresses().isEmpty()
                || !workload.hostname().isEmpty()
                || (workload.networkGateway() != null
                        && !workload.network().equals(source.network()));
    }

    private static void explainSkipped(Trace trace, Workload workload, int port, int servicePort) {
        trace.step(
                "endpoint",
                () ->
                        workload.uid()
                                + (port == PortMap.UNMAPPED
                                        ? " skipped: does not serve port " + servicePort
                                        : " skipped: has neither address nor host name"));
    }

    private static void explainRank(Trace trace, Workload workload, int rank) {
        trace.step(
                "endpoint",
                () ->
                        workload.uid()
                                + (rank == LocalityRank.EXCLUDED
                                        ? " skipped: not where the service's strict preferences ask"
                                        : " eligible, rank "
                                                + rank
                                                + ", capacity "
                                                + Integer.toUnsignedLong(workload.capacity())));
    }

    private static void explainChoice(
            Trace trace, Service service, int servicePort, @Nullable Choice choice) {
        trace.step(
                "load-balancer",
                () ->
                        service.key()
                                + " port "
                                + servicePort
                                + (choice == null
                                        ? ": no endpoint can be used"
                                        : " -> "
                                                + choice.workload().uid()
                                                + " port "
                                                + choice.port()));
    }
}
