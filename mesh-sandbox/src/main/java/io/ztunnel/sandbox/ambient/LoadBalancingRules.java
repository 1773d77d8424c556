package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.workload.LoadBalancing;
import io.ztunnel.api.workload.LoadBalancing.HealthPolicy;
import io.ztunnel.api.workload.LoadBalancing.Mode;
import io.ztunnel.api.workload.LoadBalancing.Scope;
import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How ztunnel chooses among a Service's endpoints. */
final class LoadBalancingRules {
    private static final String ANNOTATION = "networking.istio.io/traffic-distribution";
    private static final List<Scope> ZONE = List.of(Scope.NETWORK, Scope.REGION, Scope.ZONE);
    private static final List<Scope> NODE =
            List.of(Scope.NETWORK, Scope.REGION, Scope.ZONE, Scope.SUBZONE, Scope.NODE);

    private LoadBalancingRules() {}

    /**
     * @param namespaceAnnotations of the Service's namespace
     * @return empty where ztunnel's default holds
     */
    static Optional<LoadBalancing> of(
            KubeObject service, Map<String, String> namespaceAnnotations) {
        Optional<LoadBalancing.Builder> preset = preset(service, namespaceAnnotations);
        if (!service.spec().flag("publishNotReadyAddresses")) {
            return preset.map(LoadBalancing.Builder::build);
        }
        return Optional.of(
                preset.orElseGet(LoadBalancing::newBuilder)
                        .setHealthPolicy(HealthPolicy.ALLOW_ALL)
                        .build());
    }

    /** For a ServiceEntry, which has no field of its own for it. */
    static Optional<LoadBalancing> annotated(
            KubeObject entry, Map<String, String> namespaceAnnotations) {
        return failover(annotated(entry.annotations(), namespaceAnnotations))
                .map(LoadBalancing.Builder::build);
    }

    private static Optional<LoadBalancing.Builder> preset(
            KubeObject service, Map<String, String> namespaceAnnotations) {
        if (service.spec().text("internalTrafficPolicy").equals("Local")) {
            return Optional.of(
                    LoadBalancing.newBuilder()
                            .setMode(Mode.STRICT)
                            .addRoutingPreference(Scope.NODE));
        }
        return failover(
                switch (service.spec().text("trafficDistribution")) {
                    case "PreferClose", "PreferSameZone" -> ZONE;
                    case "PreferSameNode" -> NODE;
                    default -> annotated(service.annotations(), namespaceAnnotations);
                });
    }

    private static Optional<LoadBalancing.Builder> failover(List<Scope> preference) {
        return preference.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        LoadBalancing.newBuilder()
                                .setMode(Mode.FAILOVER)
                                .addAllRoutingPreference(preference));
    }

    private static List<Scope> annotated(
            Map<String, String> own, Map<String, String> namespaceAnnotations) {
        String value = own.getOrDefault(ANNOTATION, "");
        if (value.isEmpty()) {
            value = namespaceAnnotations.getOrDefault(ANNOTATION, "");
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "preferclose", "prefersamezone" -> ZONE;
            case "prefersamenode" -> NODE;
            default -> List.of();
        };
    }
}
