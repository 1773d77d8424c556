package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ObjectKey;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The services that remain when several claim one host name: in each namespace a Kubernetes Service
 * or else the oldest ServiceEntry, and at most one of all is canonical, which is the one that
 * clients of other namespaces get.
 */
final class PublishedServices {
    private static final Comparator<MeshService> PREFERRED_FIRST =
            Comparator.comparing((MeshService service) -> !service.isKubernetes())
                    .thenComparing(MeshService::source, Age.OLDEST_FIRST);

    private final List<MeshService> all = new ArrayList<>();
    private final Map<ObjectKey, List<MeshService>> bySource = new HashMap<>();
    private final SelectorIndex<MeshService> selecting = new SelectorIndex<>();

    PublishedServices(List<MeshService> candidates) {
        Map<String, Map<String, MeshService>> byHostname = new TreeMap<>();
        for (MeshService candidate : candidates) {
            byHostname
                    .computeIfAbsent(candidate.message().getHostname(), host -> new TreeMap<>())
                    .merge(
                            candidate.source().namespace(),
                            candidate,
                            (first, second) ->
                                    PREFERRED_FIRST.compare(first, second) <= 0 ? first : second);
        }
        byHostname.values().forEach(winners -> publish(winners.values().stream().toList()));
    }

    List<MeshService> all() {
        return all;
    }

    /** What a Service or ServiceEntry has published. */
    List<MeshService> of(KubeObject source) {
        return of(source.key());
    }

    List<MeshService> of(ObjectKey source) {
        return bySource.getOrDefault(source, List.of());
    }

    /** Those that select an object of the namespace with the labels; in no particular order. */
    List<MeshService> selecting(String namespace, Map<String, String> labels) {
        List<MeshService> services = new ArrayList<>();
        selecting.forEach(namespace, labels, services::add);
        return services;
    }

    private void publish(List<MeshService> winners) {
        Optional<MeshService> canonical =
                winners.stream()
                        .filter(winner -> winner.isKubernetes() || winner.isCanonicalByRight())
                        .min(PREFERRED_FIRST);
        for (MeshService winner : winners) {
            boolean isCanonical = canonical.filter(winner::equals).isPresent();
            MeshService service = winner.withCanonical(isCanonical || winner.isKubernetes());
            all.add(service);
            bySource.computeIfAbsent(service.source().key(), key -> new ArrayList<>()).add(service);
            selecting.add(service.source().namespace(), service.selector(), service);
        }
    }
}
