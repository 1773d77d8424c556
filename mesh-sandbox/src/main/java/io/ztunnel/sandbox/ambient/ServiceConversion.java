package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.WeightedWaypoint;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Kubernetes Services as WDS services. */
final class ServiceConversion {
    private static final String INGRESS_USE_WAYPOINT = "istio.io/ingress-use-waypoint";

    private final MeshObjects objects;
    private final Enrolment enrolment;

    ServiceConversion(MeshObjects objects, Enrolment enrolment) {
        this.objects = objects;
        this.enrolment = enrolment;
    }

    /** Empty for a Service that is only a name for something elsewhere. */
    Optional<MeshService> convert(
            KubeObject service, Consumer<Condition> conditions, Consumer<Problem> problems) {
        if (service.spec().text("type").equals("ExternalName")) {
            return Optional.empty();
        }
        MeshSettings settings = objects.settings();
        Service.Builder message =
                Service.newBuilder()
                        .setName(service.name())
                        .setNamespace(service.namespace())
                        .setHostname(settings.hostname(service.name(), service.namespace()))
                        .setIpFamilies(families(service))
                        .setCanonical(true);
        addresses(service, message);
        service.spec().trees("ports").forEach(port -> message.addPorts(port(port)));
        LoadBalancingRules.of(service, namespaceAnnotations(service))
                .ifPresent(message::setLoadBalancing);
        waypoint(service, message, conditions, problems);
        return Optional.of(
                new MeshService(message.build(), service, service.spec().stringMap("selector")));
    }

    private void addresses(KubeObject service, Service.Builder message) {
        List<String> ips = service.spec().strings("clusterIPs");
        if (ips.isEmpty()) {
            ips = List.of(service.spec().text("clusterIP"));
        }
        for (String ip : ips) { // "" and None do not parse
            IpLiteral.parse(ip)
                    .ifPresent(
                            bytes ->
                                    message.addAddresses(
                                            NetworkAddress.newBuilder()
                                                    .setNetwork(objects.network())
                                                    .setAddress(ByteString.copyFrom(bytes))));
        }
    }

    private static Port port(Tree port) {
        return Port.newBuilder()
                .setServicePort(port.integer("port").orElse(0))
                .setTargetPort(port.integer("targetPort").orElse(0))
                .setAppProtocol(AppProtocols.of(port))
                .build();
    }

    private static IPFamilies families(KubeObject service) {
        List<String> families = service.spec().strings("ipFamilies");
        return switch (families.size()) {
            case 0 -> IPFamilies.AUTOMATIC;
            case 1 ->
                    families.getFirst().equals("IPv4")
                            ? IPFamilies.IPV4_ONLY
                            : IPFamilies.IPV6_ONLY;
            default -> IPFamilies.DUAL;
        };
    }

    private void waypoint(
            KubeObject service,
            Service.Builder message,
            Consumer<Condition> conditions,
            Consumer<Problem> problems) {
        switch (enrolment.ofService(service)) {
            case Binding.None() -> {}
            case Binding.Failed failed -> conditions.accept(condition(service, failed));
            case Binding.Bound bound -> {
                bound.waypoint().address().ifPresent(message::setWaypoint);
                bound.canary().ifPresent(canary -> weights(bound.waypoint(), canary, message));
                Optional<String> ingress = ingressLabel(service);
                ingress.ifPresent(text -> ingress(service, text, message, problems));
                conditions.accept(condition(service, bound, ingress.isPresent()));
            }
        }
    }

    private static void weights(Waypoint primary, Binding.Canary canary, Service.Builder message) {
        if (primary.address().isPresent() && canary.waypoint().address().isPresent()) {
            message.addWeightedWaypoints(
                            WeightedWaypoint.newBuilder()
                                    .setDestination(primary.address().get())
                                    .setWeight(100 - canary.weight()))
                    .addWeightedWaypoints(
                            WeightedWaypoint.newBuilder()
                                    .setDestination(canary.waypoint().address().get())
                                    .setWeight(canary.weight()));
        }
    }

    private Optional<String> ingressLabel(KubeObject service) {
        return Optional.ofNullable(service.labels().get(INGRESS_USE_WAYPOINT))
                .or(() -> objects.namespaceLabel(service.namespace(), INGRESS_USE_WAYPOINT));
    }

    private static void ingress(
            KubeObject service, String text, Service.Builder message, Consumer<Problem> problems) {
        GoBool.parse(text)
                .ifPresentOrElse(
                        message::setIngressUseWaypoint,
                        () ->
                                problems.accept(
                                        Problem.warning(
                                                service.origin(),
                                                "metadata.labels." + INGRESS_USE_WAYPOINT,
                                                "\""
                                                        + text
                                                        + "\" is no boolean and counts as false")));
    }

    private static Condition condition(KubeObject service, Binding.Failed failed) {
        return new Condition(
                service.key(),
                Condition.WAYPOINT_BOUND,
                false,
                failed.reason().text(),
                failed.message());
    }

    private static Condition condition(
            KubeObject service, Binding.Bound bound, boolean ingressLabel) {
        StringBuilder text = new StringBuilder("bound to " + bound.waypoint().key());
        text.append(", by ").append(bound.because());
        if (ingressLabel) {
            text.append("; ingress gateways are told by ").append(INGRESS_USE_WAYPOINT);
        }
        if (!bound.canaryError().isEmpty()) {
            text.append("; without canary: ").append(bound.canaryError());
        }
        return new Condition(
                service.key(), Condition.WAYPOINT_BOUND, true, "WaypointAccepted", text.toString());
    }

    private Map<String, String> namespaceAnnotations(KubeObject service) {
        return objects.namespace(service.namespace()).map(KubeObject::annotations).orElse(Map.of());
    }
}
