package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.Map;
import java.util.Optional;

/**
 * A second waypoint that takes a share of a service's connections. Any error leaves the first one
 * in charge alone.
 */
final class CanaryWaypoint {
    private static final String LABEL = "istio.io/use-waypoint-canary";
    private static final String NAMESPACE_LABEL = "istio.io/use-waypoint-canary-namespace";
    private static final String WEIGHT = "istio.io/use-waypoint-canary-weight";

    private CanaryWaypoint() {}

    static Binding.Bound add(
            Binding.Bound primary, KubeObject service, Waypoints waypoints, MeshObjects objects) {
        boolean ownWaypoint = service.labels().containsKey(UseWaypoint.LABEL);
        Optional<KubeObject> namespace =
                objects.namespace(service.namespace()).filter(n -> !ownWaypoint);
        Optional<KubeObject> holder =
                service.labels().containsKey(LABEL) ? Optional.of(service) : namespace;
        Map<String, String> labels = holder.map(KubeObject::labels).orElse(Map.of());
        String name = labels.getOrDefault(LABEL, "");
        if (name.isEmpty() || name.equals(UseWaypoint.OPT_OUT)) {
            return primary;
        }
        String key = labels.getOrDefault(NAMESPACE_LABEL, service.namespace()) + "/" + name;
        if (key.equals(primary.waypoint().key())) {
            return failed(primary, "CanarySameAsPrimary: " + key);
        }
        String text =
                Optional.ofNullable(service.annotations().get(WEIGHT))
                        .or(() -> namespace.map(n -> n.annotations().get(WEIGHT)))
                        .orElse("0");
        Optional<Integer> weight = Ports.parse(text).filter(w -> w <= 100);
        if (weight.isEmpty()) {
            return failed(primary, "CanaryInvalidWeight: \"" + text + "\" is not 0..100");
        }
        Optional<Waypoint> canary = waypoints.find(key);
        if (canary.isEmpty()) {
            return failed(primary, "WaypointIsNotReady: " + key);
        }
        if (!Enrolment.admits(canary.get(), service.namespace(), objects)) {
            return failed(
                    primary,
                    "AttachmentDenied: " + Enrolment.denied(canary.get(), service.namespace()));
        }
        if (!canary.get().trafficType().servesServices()) {
            return failed(primary, "UnsupportedTrafficType: " + key + " is not for services");
        }
        return new Binding.Bound(
                primary.waypoint(),
                primary.because(),
                Optional.of(new Binding.Canary(canary.get(), weight.get())),
                "");
    }

    private static Binding.Bound failed(Binding.Bound primary, String error) {
        return new Binding.Bound(primary.waypoint(), primary.because(), Optional.empty(), error);
    }
}
