package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that the control plane tells ztunnel, and what it tells people.
 *
 * @param addresses workloads and services by resource name
 * @param authorizations policies by {@code namespace/name}
 * @param conditions of Services and policies, as istiod writes them to their status
 * @param problems objects that could not be converted, and settings that do not do what they seem
 *     to
 */
public record AmbientSnapshot(
        SortedMap<String, MeshResource<Address>> addresses,
        SortedMap<String, MeshResource<Authorization>> authorizations,
        List<Condition> conditions,
        List<Problem> problems) {
    public static final String ADDRESS_TYPE = "type.googleapis.com/istio.workload.Address";
    public static final String AUTHORIZATION_TYPE =
            "type.googleapis.com/istio.security.Authorization";

    public static final AmbientSnapshot EMPTY =
            new AmbientSnapshot(new TreeMap<>(), new TreeMap<>(), List.of(), List.of());

    public AmbientSnapshot {
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
        authorizations = Collections.unmodifiableSortedMap(new TreeMap<>(authorizations));
        conditions = List.copyOf(conditions);
        problems = List.copyOf(problems);
    }
}
