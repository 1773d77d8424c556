package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.WeightedWaypoint;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.List;
import java.util.Optional;

/**
 * What a Service's or ServiceEntry's binding says to ztunnel and, as a condition, to people.
 *
 * @param bound the waypoint, which may have no address
 */
record ServiceWaypoint(Optional<Waypoint> bound, List<WeightedWaypoint> weighted, boolean ingress) {
    private static final String INGRESS_USE_WAYPOINT = "istio.io/ingress-use-waypoint";

    static ServiceWaypoint of(
            KubeObject service, Binding binding, MeshObjects objects, Findings findings) {
        return switch (binding) {
            case Binding.None() -> new ServiceWaypoint(Optional.empty(), List.of(), false);
            case Binding.Failed failed -> {
                findings.condition(conditionOf(service, failed));
                yield new ServiceWaypoint(Optional.empty(), List.of(), false);
            }
            case Binding.Bound bound -> {
                Optional<String> label =
                        Optional.ofNullable(service.labels().get(INGRESS_USE_WAYPOINT))
                                .or(
                                        () ->
                                                objects.namespaceLabel(
                                                        service.namespace(), INGRESS_USE_WAYPOINT));
                findings.condition(conditionOf(service, bound, label.isPresent()));
                yield new ServiceWaypoint(
                        Optional.of(bound.waypoint()),
                        weights(bound),
                        label.filter(text -> isTrue(text, service, findings)).isPresent());
            }
        };
    }

    void applyTo(Service.Builder message) {
        bound.flatMap(Waypoint::address).ifPresent(message::setWaypoint);
        message.addAllWeightedWaypoints(weighted).setIngressUseWaypoint(ingress);
    }

    static Condition conditionOf(KubeObject object, Binding.Failed failed) {
        return new Condition(
                object.key(),
                Condition.WAYPOINT_BOUND,
                false,
                failed.reason().text(),
                failed.message());
    }

    static Condition conditionOf(KubeObject object, Binding.Bound bound, boolean ingressLabel) {
        StringBuilder text = new StringBuilder("bound to " + bound.waypoint().key());
        text.append(", by ").append(bound.because());
        if (ingressLabel) {
            text.append("; ingress gateways are told by ").append(INGRESS_USE_WAYPOINT);
        }
        if (!bound.canaryError().isEmpty()) {
            text.append("; without canary: ").append(bound.canaryError());
        }
        return new Condition(
                object.key(), Condition.WAYPOINT_BOUND, true, "WaypointAccepted", text.toString());
    }

    private static List<WeightedWaypoint> weights(Binding.Bound bound) {
        Optional<GatewayAddress> primary = bound.waypoint().address();
        Optional<GatewayAddress> second = bound.canary().flatMap(c -> c.waypoint().address());
        if (bound.canary().isEmpty() || primary.isEmpty() || second.isEmpty()) {
            return List.of();
        }
        int weight = bound.canary().get().weight();
        return List.of(
                WeightedWaypoint.newBuilder()
                        .setDestination(primary.get())
                        .setWeight(100 - weight)
                        .build(),
                WeightedWaypoint.newBuilder()
                        .setDestination(second.get())
                        .setWeight(weight)
                        .build());
    }

    private static boolean isTrue(String text, KubeObject service, Findings findings) {
        Optional<Boolean> flag = GoBool.parse(text);
        if (flag.isEmpty()) {
            findings.problem(
                    Problem.warning(
                            service.origin(),
                            "metadata.labels." + INGRESS_USE_WAYPOINT,
                            "\"" + text + "\" is no boolean and counts as false"));
        }
        return flag.orElse(false);
    }
}
