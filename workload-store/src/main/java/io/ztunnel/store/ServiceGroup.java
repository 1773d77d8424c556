package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

/**
 * A service and the endpoints that workloads (or a local file) claim for it, known or not yet.
 * Immutable.
 *
 * <p>All endpoints are kept, whatever their health, and those that the service admits are kept
 * beside them: a service that is pushed again with another health policy, or removed and added,
 * needs no workload to be sent again.
 *
 * @param service null while only workloads have named it
 * @param all by workload uid
 * @param admitted the part of {@code all} that takes traffic; the same map if that is everyone
 */
@SuppressWarnings("ReferenceEquality") // the same map back: everyone is admitted
record ServiceGroup(
        @Nullable Service service,
        PersistentMap<String, Endpoint> all,
        PersistentMap<String, Endpoint> admitted) {

    static final ServiceGroup EMPTY =
            new ServiceGroup(null, PersistentMap.empty(), PersistentMap.empty());

    boolean isEmpty() {
        return service == null && all.isEmpty();
    }

    ServiceGroup with(Endpoint endpoint) {
        String uid = endpoint.workloadUid();
        PersistentMap<String, Endpoint> changed = all.with(uid, endpoint);
        if (service == null) {
            return new ServiceGroup(null, changed, admitted);
        }
        if (!service.admits(endpoint.status())) {
            return new ServiceGroup(service, changed, admitted.without(uid));
        }
        return shared(service, changed, admitted == all ? changed : admitted.with(uid, endpoint));
    }

    ServiceGroup without(String uid) {
        PersistentMap<String, Endpoint> changed = all.without(uid);
        return shared(service, changed, admitted == all ? changed : admitted.without(uid));
    }

    ServiceGroup with(Service changed) {
        if (service != null && service.admitsUnhealthy() == changed.admitsUnhealthy()) {
            return new ServiceGroup(changed, all, admitted);
        }
        if (changed.admitsUnhealthy()) {
            return new ServiceGroup(changed, all, all);
        }
        PersistentMap<String, Endpoint> passing = all;
        for (Endpoint endpoint : all.values()) {
            if (!changed.admits(endpoint.status())) {
                passing = passing.without(endpoint.workloadUid());
            }
        }
        return new ServiceGroup(changed, all, passing);
    }

    ServiceGroup withoutService() {
        return new ServiceGroup(null, all, PersistentMap.empty());
    }

    /** Two maps of one size are one map here, as one is a part of the other. */
    private static ServiceGroup shared(
            @Nullable Service service,
            PersistentMap<String, Endpoint> all,
            PersistentMap<String, Endpoint> admitted) {
        return new ServiceGroup(service, all, admitted.size() == all.size() ? all : admitted);
    }
}
