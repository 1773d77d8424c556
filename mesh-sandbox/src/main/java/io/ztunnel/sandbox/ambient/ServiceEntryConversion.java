package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.LoadBalancing;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.Service;
import io.ztunnel.sandbox.ambient.ServiceEntryVisibility.Visibility;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** ServiceEntries as WDS services, one for each host. */
final class ServiceEntryConversion {
    private static final String OPT_OUT = "networking.istio.io/enable-autoallocate-ip";
    private static final LoadBalancing PASSTHROUGH =
            LoadBalancing.newBuilder()
                    .setMode(LoadBalancing.Mode.PASSTHROUGH)
                    .setHealthPolicy(LoadBalancing.HealthPolicy.ALLOW_ALL)
                    .build();

    private final MeshObjects objects;
    private final Enrolment enrolment;

    ServiceEntryConversion(MeshObjects objects, Enrolment enrolment) {
        this.objects = objects;
        this.enrolment = enrolment;
    }

    /** Empty for an entry that nobody is to see, and for one with an address that is none. */
    List<MeshService> convert(KubeObject entry, Findings findings) {
        Visibility visibility =
                objects.settings()
                        .serviceEntryVisibility()
                        .in(objects.namespaceLabels(entry.namespace()));
        if (visibility == Visibility.NONE) {
            return List.of();
        }
        Optional<List<NetworkAddress>> addresses = addresses(entry, findings);
        if (addresses.isEmpty()) {
            return List.of();
        }
        ServiceWaypoint waypoint =
                ServiceWaypoint.of(entry, enrolment.ofService(entry), objects, findings);
        ServiceEntryConditions.of(
                        entry,
                        waypoint.bound().isPresent(),
                        objects.settings().serviceEntryVisibility().configured(),
                        visibility)
                .forEach(findings::condition);
        Service.Builder common = common(entry, visibility);
        waypoint.applyTo(common);
        return entry.spec().strings("hosts").stream()
                .distinct()
                .map(
                        host ->
                                common.clone()
                                        .setHostname(host)
                                        .addAllAddresses(
                                                addresses.get().isEmpty()
                                                        ? allocated(entry, host)
                                                        : addresses.get())
                                        .build())
                .map(
                        message ->
                                new MeshService(
                                        message,
                                        entry,
                                        entry.spec().stringMap("workloadSelector", "labels"),
                                        waypoint.bound()))
                .toList();
    }

    private Service.Builder common(KubeObject entry, Visibility visibility) {
        Service.Builder message =
                Service.newBuilder()
                        .setName(entry.name())
                        .setNamespace(entry.namespace())
                        .addAllSubjectAltNames(entry.spec().strings("subjectAltNames"))
                        .setVisibility(
                                visibility == Visibility.NAMESPACE
                                        ? Service.Visibility.NAMESPACE
                                        : Service.Visibility.PUBLIC);
        for (Tree port : entry.spec().trees("ports")) {
            int number = port.integer("number").orElse(0);
            message.addPorts(
                    Port.newBuilder()
                            .setServicePort(number)
                            .setTargetPort(
                                    port.integer("targetPort").filter(t -> t != 0).orElse(number))
                            .setAppProtocol(AppProtocols.named(port.text("protocol"))));
        }
        if (Resolution.of(entry) == Resolution.NONE) {
            return message.setLoadBalancing(PASSTHROUGH);
        }
        LoadBalancingRules.annotated(entry, objects.namespaceAnnotations(entry.namespace()))
                .ifPresent(message::setLoadBalancing);
        return message;
    }

    /** As they are written; empty when one of them is none, which costs the entry all its hosts. */
    private Optional<List<NetworkAddress>> addresses(KubeObject entry, Findings findings) {
        List<NetworkAddress> addresses = new ArrayList<>();
        for (String text : entry.spec().strings("addresses")) {
            Optional<NetworkAddress> address = AddressBlock.parse(text, objects.network());
            if (address.isEmpty()) {
                findings.problem(
                        Problem.error(
                                entry.origin(),
                                "spec.addresses",
                                "\""
                                        + text
                                        + "\" is neither an IP address nor a CIDR block: no host of"
                                        + " "
                                        + entry.key()
                                        + " is published"));
                return Optional.empty();
            }
            addresses.add(address.get());
        }
        return Optional.of(addresses);
    }

    /** What the allocator gave the host. */
    private List<NetworkAddress> allocated(KubeObject entry, String host) {
        Resolution resolution = Resolution.of(entry);
        boolean eligible =
                objects.settings().features().autoAllocate()
                        && resolution != Resolution.NONE
                        && !entry.label(OPT_OUT).toLowerCase(Locale.ROOT).equals("false")
                        && (!host.startsWith("*") || resolution == Resolution.DYNAMIC_DNS);
        return entry.status().trees("addresses").stream()
                .filter(address -> eligible && address.text("host").equals(host))
                .flatMap(address -> IpLiteral.parse(address.text("value")).stream())
                .map(
                        bytes ->
                                NetworkAddress.newBuilder()
                                        .setNetwork(objects.network())
                                        .setAddress(ByteString.copyFrom(bytes))
                                        .build())
                .toList();
    }
}
