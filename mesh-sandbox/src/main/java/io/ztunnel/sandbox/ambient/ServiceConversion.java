package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.Service;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Optional;

/** Kubernetes Services as WDS services. */
final class ServiceConversion {
    private final MeshObjects objects;
    private final Enrolment enrolment;

    ServiceConversion(MeshObjects objects, Enrolment enrolment) {
        this.objects = objects;
        this.enrolment = enrolment;
    }

    /** Empty for a Service that is only a name for something elsewhere. */
    Optional<MeshService> convert(KubeObject service, Findings findings) {
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
        LoadBalancingRules.of(service, objects.namespaceAnnotations(service.namespace()))
                .ifPresent(message::setLoadBalancing);
        ServiceWaypoint waypoint =
                ServiceWaypoint.of(service, enrolment.ofService(service), objects, findings);
        waypoint.applyTo(message);
        return Optional.of(
                new MeshService(
                        message.build(),
                        service,
                        service.spec().stringMap("selector"),
                        waypoint.bound()));
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
}
