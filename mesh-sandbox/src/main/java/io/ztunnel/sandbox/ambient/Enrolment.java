package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.ambient.Binding.Reason;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.Map;
import java.util.Optional;

/**
 * Which waypoint an object is bound to. The object's own label decides alone if it has one, be it
 * broken; only an object without label asks its namespace.
 */
final class Enrolment {
    private static final String MANAGED = "gateway.istio.io/managed";
    private static final String MESH_CONTROLLER = "istio.io-mesh-controller";
    private static final String EAST_WEST_CONTROLLER = "istio.io-eastwest-controller";

    private final Waypoints waypoints;
    private final MeshObjects objects;

    Enrolment(Waypoints waypoints, MeshObjects objects) {
        this.waypoints = waypoints;
        this.objects = objects;
    }

    /** What became of a workload: an instance of a waypoint is never behind one. */
    record WorkloadBinding(Binding binding, Optional<InboundBinding> tunnel) {}

    /**
     * What wants a waypoint.
     *
     * @param shown for messages
     */
    record Subject(String namespace, Map<String, String> labels, String shown) {
        static Subject of(KubeObject object) {
            return new Subject(object.namespace(), object.labels(), object.key().toString());
        }
    }

    /**
     * For Services and ServiceEntries. One that a gateway controller made is never behind a
     * waypoint.
     */
    Binding ofService(KubeObject service) {
        String managed = service.label(MANAGED);
        if (managed.equals(MESH_CONTROLLER) || managed.equals(EAST_WEST_CONTROLLER)) {
            return new Binding.None();
        }
        return switch (target(Subject.of(service))) {
            case Binding.Bound bound -> ofService(service, bound);
            case Binding.None none -> none;
            case Binding.Failed failed -> failed;
        };
    }

    private Binding ofService(KubeObject service, Binding.Bound bound) {
        Waypoint waypoint = bound.waypoint();
        if (!waypoint.trafficType().servesServices()) {
            return unsupported(waypoint, "services");
        }
        boolean foreign = !waypoint.namespace().equals(service.namespace());
        if (foreign && service.kind() == Kind.SERVICE_ENTRY && isForItsNamespace(service)) {
            return new Binding.Failed(
                    Reason.CROSS_NAMESPACE,
                    "waypoint "
                            + waypoint.key()
                            + " is of another namespace, and serviceEntryVisibility keeps "
                            + service.key()
                            + " within its own");
        }
        return CanaryWaypoint.add(bound, service, waypoints, objects);
    }

    private boolean isForItsNamespace(KubeObject entry) {
        return objects.settings()
                        .serviceEntryVisibility()
                        .in(objects.namespaceLabels(entry.namespace()))
                == ServiceEntryVisibility.Visibility.NAMESPACE;
    }

    /** For Pods and whatever else is a workload. */
    WorkloadBinding ofWorkload(Subject workload) {
        String gateway = workload.labels().get(Waypoints.GATEWAY_NAME);
        Optional<Waypoint> instanceOf =
                gateway == null
                        ? Optional.empty()
                        : waypoints.find(workload.namespace() + "/" + gateway);
        if (instanceOf.isPresent()) {
            return new WorkloadBinding(new Binding.None(), instanceOf.get().binding());
        }
        Binding binding =
                switch (target(workload)) {
                    case Binding.Bound bound -> {
                        if (bound.waypoint().trafficType().servesWorkloads()) {
                            yield bound;
                        }
                        // A namespace's waypoint for services only is the usual case, not an error.
                        yield workload.labels().containsKey(UseWaypoint.LABEL)
                                ? unsupported(bound.waypoint(), "workloads")
                                : new Binding.None();
                    }
                    case Binding.None none -> none;
                    case Binding.Failed failed -> failed;
                };
        return new WorkloadBinding(binding, Optional.empty());
    }

    private Binding target(Subject object) {
        return switch (UseWaypoint.of(object.labels(), object.namespace())) {
            case UseWaypoint.OptOut() -> new Binding.None();
            case UseWaypoint.Reference reference ->
                    resolve(reference, object, because(object.labels(), object.shown()));
            case UseWaypoint.NotSet() ->
                    objects.namespace(object.namespace())
                            .map(namespace -> inherited(namespace, object))
                            .orElseGet(Binding.None::new);
        };
    }

    private Binding inherited(KubeObject namespace, Subject object) {
        return switch (UseWaypoint.of(namespace.labels(), object.namespace())) {
            case UseWaypoint.Reference reference ->
                    resolve(
                            reference,
                            object,
                            because(namespace.labels(), namespace.key().toString()));
            case UseWaypoint.OptOut(), UseWaypoint.NotSet() -> new Binding.None();
        };
    }

    private Binding resolve(UseWaypoint.Reference reference, Subject object, String because) {
        Optional<Waypoint> waypoint = waypoints.find(reference.key());
        if (waypoint.isEmpty()) {
            return new Binding.Failed(
                    Reason.NOT_READY,
                    "waypoint "
                            + reference.key()
                            + " does not exist or has no address yet ("
                            + because
                            + ")");
        }
        return admits(waypoint.get(), object.namespace(), objects)
                ? new Binding.Bound(waypoint.get(), because)
                : new Binding.Failed(Reason.DENIED, denied(waypoint.get(), object.namespace()));
    }

    static boolean admits(Waypoint waypoint, String namespace, MeshObjects objects) {
        return objects.namespace(namespace).filter(waypoint::admits).isPresent();
    }

    static String denied(Waypoint waypoint, String namespace) {
        return "the listener of waypoint "
                + waypoint.key()
                + " does not admit namespace "
                + namespace
                + " (allowedRoutes)";
    }

    private static String because(Map<String, String> labels, String holder) {
        return UseWaypoint.LABEL + "=" + labels.get(UseWaypoint.LABEL) + " on " + holder;
    }

    private static Binding unsupported(Waypoint waypoint, String what) {
        return new Binding.Failed(
                Reason.UNSUPPORTED_TRAFFIC_TYPE,
                "waypoint " + waypoint.key() + " is not for " + what + " (istio.io/waypoint-for)");
    }
}
