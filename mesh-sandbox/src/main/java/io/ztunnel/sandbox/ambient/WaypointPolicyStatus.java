package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a waypoint enforces a policy that names what it is for. ztunnel never does. */
final class WaypointPolicyStatus {
    private static final String CONTROLLER = "istio.io/mesh-controller";
    private static final String ACCEPTED = "Accepted";
    private static final String INVALID = "Invalid";
    private static final String NOT_FOUND = "TargetNotFound";
    private static final String NOT_BOUND = "AncestorNotBound";

    /** What became of one target. */
    private record Target(String shown, boolean bound, String reason, String message) {}

    private final MeshObjects objects;
    private final Enrolment enrolment;
    private final Waypoints waypoints;

    WaypointPolicyStatus(MeshObjects objects, Enrolment enrolment, Waypoints waypoints) {
        this.objects = objects;
        this.enrolment = enrolment;
        this.waypoints = waypoints;
    }

    /** One target that a waypoint serves is enough. Empty for a policy without targets. */
    Optional<Condition> of(KubeObject policy) {
        List<Target> targets =
                targetRefs(policy).stream().map(target -> target(policy, target)).toList();
        if (targets.isEmpty()) {
            return Optional.empty();
        }
        if (targets.size() == 1) {
            Target only = targets.getFirst();
            return Optional.of(condition(policy, only.bound(), only.reason(), only.message()));
        }
        List<String> unbound = targets.stream().filter(t -> !t.bound()).map(Target::shown).toList();
        boolean any = unbound.size() < targets.size();
        String reason = !any ? INVALID : unbound.isEmpty() ? ACCEPTED : "PartiallyInvalid";
        String message =
                unbound.isEmpty() ? "" : "Invalid targetRefs: " + String.join(", ", unbound);
        return Optional.of(condition(policy, any, reason, message));
    }

    static List<Tree> targetRefs(KubeObject policy) {
        List<Tree> targets = new ArrayList<>(policy.spec().trees("targetRefs"));
        if (targets.isEmpty() && policy.spec().has("targetRef")) {
            targets.add(policy.spec().tree("targetRef"));
        }
        return targets;
    }

    private Target target(KubeObject policy, Tree target) {
        String kind = target.text("kind");
        String group = target.string("group").filter(g -> !g.isEmpty()).orElse("core");
        String namespace =
                target.string("namespace").filter(n -> !n.isEmpty()).orElse(policy.namespace());
        String key = namespace + "/" + target.text("name");
        String shown = kind + "." + group + ":" + key;
        return switch (kind) {
            case "GatewayClass" -> ofClass(shown, namespace, target.text("name"));
            case "Gateway" ->
                    waypoints
                            .find(key)
                            .map(waypoint -> bound(shown, waypoint.key()))
                            .orElseGet(
                                    () ->
                                            new Target(
                                                    shown,
                                                    false,
                                                    NOT_FOUND,
                                                    "no waypoint is called " + key));
            case "Service" -> ofService(shown, Kind.SERVICE, namespace, target.text("name"));
            case "ServiceEntry" ->
                    ofService(shown, Kind.SERVICE_ENTRY, namespace, target.text("name"));
            default -> new Target(shown, false, "unknown", "not bound");
        };
    }

    /** It holds for all waypoints, which only the administrators of the mesh may ask for. */
    private Target ofClass(String shown, String namespace, String name) {
        String root = objects.settings().rootNamespace();
        if (!namespace.equals(root)) {
            return new Target(
                    shown,
                    false,
                    INVALID,
                    "only a policy of namespace " + root + " may name a GatewayClass");
        }
        Optional<KubeObject> found = objects.named(Kind.GATEWAY_CLASS, name);
        if (found.isEmpty()) {
            return new Target(shown, false, NOT_FOUND, "no GatewayClass is called " + name);
        }
        return found.get().spec().text("controllerName").equals(CONTROLLER)
                ? bound(shown, name)
                : new Target(
                        shown,
                        false,
                        INVALID,
                        "GatewayClass " + name + " is not of controller " + CONTROLLER);
    }

    private Target ofService(String shown, Kind kind, String namespace, String name) {
        Optional<KubeObject> service = objects.named(kind, namespace, name);
        String key = namespace + "/" + name;
        if (service.isEmpty()) {
            return new Target(shown, false, NOT_FOUND, kind + " " + key + " does not exist");
        }
        return enrolment.ofService(service.get()) instanceof Binding.Bound binding
                ? bound(shown, binding.waypoint().key())
                : new Target(
                        shown, false, NOT_BOUND, kind + " " + key + " is not bound to a waypoint");
    }

    private static Target bound(String shown, String to) {
        return new Target(shown, true, ACCEPTED, "bound to " + to);
    }

    private static Condition condition(
            KubeObject policy, boolean status, String reason, String message) {
        return new Condition(policy.key(), Condition.WAYPOINT_ACCEPTED, status, reason, message);
    }
}
