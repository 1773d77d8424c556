package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.ambient.ServiceEntryVisibility.Visibility;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a ServiceEntry's status says beside its binding. */
final class ServiceEntryConditions {
    private static final String CONNECT_STRATEGY = "istio.io/connect-strategy";
    private static final String RACING = "RACE_FIRST_TCP_CONNECT";

    private ServiceEntryConditions() {}

    /**
     * @param visibilityConfigured whether the mesh says anything of visibility
     */
    static List<Condition> of(
            KubeObject entry, boolean bound, boolean visibilityConfigured, Visibility visibility) {
        List<Condition> conditions = new ArrayList<>();
        if (!bound) {
            missing(entry).ifPresent(conditions::add);
        }
        if (visibilityConfigured) {
            boolean own = visibility == Visibility.NAMESPACE;
            conditions.add(
                    new Condition(
                            entry.key(),
                            Condition.VISIBILITY_APPLIED,
                            true,
                            own ? "Namespace" : "Public",
                            own
                                    ? "its hosts are known within namespace "
                                            + entry.namespace()
                                            + " only"
                                    : "its hosts are known to the whole mesh"));
        }
        return conditions;
    }

    /** Some entries do nothing without a waypoint. */
    private static Optional<Condition> missing(KubeObject entry) {
        Optional<String> wildcard =
                entry.spec().strings("hosts").stream().filter(h -> h.startsWith("*")).findFirst();
        if (wildcard.isPresent()) {
            return Optional.of(
                    missing(
                            entry,
                            "NoWaypointForWildcardService",
                            "host " + wildcard.get() + " can only be resolved by a waypoint"));
        }
        return entry.annotation(CONNECT_STRATEGY).equals(RACING)
                ? Optional.of(
                        missing(
                                entry,
                                "NoWaypointForRacingConnectStrategy",
                                CONNECT_STRATEGY + " " + RACING + " needs a waypoint"))
                : Optional.empty();
    }

    private static Condition missing(KubeObject entry, String reason, String message) {
        return new Condition(entry.key(), Condition.WAYPOINT_MISSING, true, reason, message);
    }
}
