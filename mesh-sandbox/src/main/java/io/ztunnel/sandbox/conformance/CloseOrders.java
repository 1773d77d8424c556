package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.CloseModel.Move;
import io.ztunnel.sandbox.conformance.scenario.Behaviour;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Item;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.Payload;
import io.ztunnel.sandbox.conformance.scenario.ResourceTemplate;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.conformance.scenario.ScenarioFile;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every order in which two ends of a connection can end, as scenarios: one for all orders that
 * begin alike. Each order is tried twice on a connection that has carried bytes both ways: with a
 * look after each event, and with all events at once.
 */
final class CloseOrders {
    static final String FILE = "close-orders (generated)";

    /** Longer ones add nothing: after three events at most one end can do anything. */
    private static final int LENGTH = 3;

    private static final List<String> RULES =
            List.of("01-6.4-3", "01-6.4-4", "01-6.4-8", "01-7-1", "01-7-9");
    private static final int PORT = 8080;
    private static final String SERVER = "app";
    private static final String SHARED = "shared tunnel";
    private static final String WITNESS = "witness";
    private static final String FAR_WITNESS = "far end of the witness";
    private static final int HBONE_PORT = 15008;
    private static final String OWN_WAYPOINT =
            "workload: {pod: server, waypoint: {address: {address: $(waypoint.ip)},"
                    + " hbone_mtls_port: 15008}}";

    /** Who holds the two ends. */
    private enum Topology {
        APPS("client", "server"),
        RAW_CLIENT("raw client", "server"),
        RAW_SERVER("client", "raw server");

        private final String near;
        private final String far;

        Topology(String near, String far) {
            this.near = near;
            this.far = far;
        }

        private List<CloseEvent> events(boolean nearSide) {
            return this == (nearSide ? RAW_CLIENT : RAW_SERVER)
                    ? CloseEvent.OF_RAW_PEERS
                    : CloseEvent.OF_APPLICATIONS;
        }
    }

    private final Topology topology;
    private final Move first;
    private final List<Step.Placed> steps = new ArrayList<>();
    private int number;

    private CloseOrders(Topology topology, Move first) {
        this.topology = topology;
        this.first = first;
    }

    static ScenarioFile file(MeshSpec mesh) {
        List<Scenario> scenarios = new ArrayList<>();
        for (Topology topology : Topology.values()) {
            Map<Move, List<List<Move>>> byFirst = new LinkedHashMap<>();
            for (List<Move> order :
                    CloseModel.orders(topology.events(true), topology.events(false), LENGTH)) {
                byFirst.computeIfAbsent(order.getFirst(), move -> new ArrayList<>()).add(order);
            }
            byFirst.forEach(
                    (first, orders) ->
                            scenarios.add(new CloseOrders(topology, first).scenario(orders)));
        }
        return new ScenarioFile(FILE, mesh, true, scenarios);
    }

    private Scenario scenario(List<List<Move>> orders) {
        if (topology == Topology.RAW_SERVER) {
            add(
                    new Step.Hbone(
                            SERVER,
                            "waypoint",
                            HBONE_PORT,
                            "",
                            200,
                            Map.of(),
                            Behaviour.HOLD,
                            "",
                            ""));
        } else {
            add(new Step.Listen(SERVER, "server", PORT, Behaviour.HOLD, ""));
        }
        if (topology == Topology.RAW_CLIENT) {
            add(tunnel(SHARED, ""));
        }
        for (List<Move> order : orders) {
            for (boolean atOnce : List.of(false, true)) {
                number++;
                new CloseOrderSteps(connection(order), order, atOnce).steps().forEach(this::add);
            }
        }
        return new Scenario(
                FILE,
                "close orders of "
                        + (first.near() ? topology.near : topology.far)
                        + " and "
                        + (first.near() ? topology.far : topology.near)
                        + ", "
                        + first.event().text()
                        + " first",
                RULES,
                Set.of(Family.values()),
                first.event().effect() == CloseEvent.Effect.FINISHES,
                topology == Topology.RAW_SERVER
                        ? List.of(ResourceTemplate.read(Item.parse(FILE, OWN_WAYPOINT)))
                        : List.of(),
                steps);
    }

    /** Places are numbers of orders: there is no file with lines. */
    private void add(Step step) {
        steps.add(new Step.Placed(step, number));
    }

    private static Step tunnel(String name, String like) {
        return new Step.Tunnel(
                name,
                "peer",
                "$(server):" + HBONE_PORT,
                "spiffe://cluster.local/ns/mesh/sa/peer",
                Step.Signer.MESH,
                false,
                like);
    }

    private CloseOrderSteps.Connection connection(List<Move> order) {
        StringBuilder moves = new StringBuilder();
        order.forEach(
                move -> moves.append(move.near() ? " near " : " far ").append(move.event().text()));
        String near = "near end" + moves;
        String far = "far end" + moves;
        Step accept = new Step.Accept(far, SERVER, CloseOrderSteps.LIMIT);
        if (topology == Topology.RAW_CLIENT) {
            return ofRawClient(order, near, far, accept);
        }
        List<Step> opening = new ArrayList<>(List.of(connect(near), accept));
        List<Step> closing = new ArrayList<>();
        if (order.stream().anyMatch(move -> move.event().isOfTunnel())) {
            opening.add(connect(WITNESS));
            opening.add(new Step.Accept(FAR_WITNESS, SERVER, CloseOrderSteps.LIMIT));
            closing.addAll(witness(order));
        }
        return new CloseOrderSteps.Connection(near, far, SERVER, opening, closing);
    }

    private static Step connect(String as) {
        return new Step.Connect(as, "client", "$(server):" + PORT, false, 0);
    }

    /** In a tunnel of its own where an event concerns the tunnel. */
    private static CloseOrderSteps.Connection ofRawClient(
            List<Move> order, String near, String far, Step accept) {
        boolean own = order.stream().anyMatch(move -> move.event().isOfTunnel());
        String tunnel = own ? "tunnel of " + near : SHARED;
        List<Step> opening = new ArrayList<>();
        if (own) {
            opening.add(tunnel(tunnel, SHARED));
        }
        opening.add(new Step.Stream(near, tunnel, "CONNECT", "$(server):" + PORT, Map.of(), 0));
        opening.add(
                new Step.Head(near, Map.of(":status", "200"), List.of(), CloseOrderSteps.LIMIT));
        opening.add(accept);
        List<Step> closing = own ? List.of(new Step.Close(tunnel)) : List.of();
        return new CloseOrderSteps.Connection(near, far, tunnel, opening, closing);
    }

    /**
     * Another connection in the same tunnel tells when ztunnel has seen what became of the tunnel,
     * and so will not use it for the next order.
     */
    private static List<Step> witness(List<Move> order) {
        boolean lost =
                order.stream()
                        .map(Move::event)
                        .anyMatch(event -> event.isOfTunnel() && event != CloseEvent.GOAWAY);
        List<Step> steps = new ArrayList<>();
        if (lost) {
            steps.add(new Step.Ended(WITNESS, Step.End.CLOSED, "", false, CloseOrderSteps.LIMIT));
        } else {
            Payload still = new Payload.Text("the rest of the tunnel works");
            steps.add(new Step.Send(FAR_WITNESS, still));
            steps.add(new Step.Receive(WITNESS, still, CloseOrderSteps.LIMIT));
        }
        steps.add(new Step.Close(WITNESS));
        steps.add(new Step.Close(FAR_WITNESS));
        return steps;
    }
}
