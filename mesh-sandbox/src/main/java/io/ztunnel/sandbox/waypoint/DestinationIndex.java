package io.ztunnel.sandbox.waypoint;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;
import io.ztunnel.sandbox.ambient.MeshResource;
import io.ztunnel.sandbox.waypoint.Destinations.Destination;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes {@link Destinations} of what the control plane says. */
final class DestinationIndex {
    /** The members of a service's port. */
    private record Membership(String service, int port) {}

    private final String waypoint;
    private final List<Service> services = new ArrayList<>();
    private final List<Workload> workloads = new ArrayList<>();
    private final Map<Membership, List<Endpoint>> members = new HashMap<>();
    private final Map<Membership, Protocol> protocols = new HashMap<>();
    private final Map<InetSocketAddress, Destination> byAddress = new HashMap<>();
    private final Map<ServicePort, Destination> byService = new HashMap<>();

    DestinationIndex(AmbientSnapshot snapshot, String waypoint) {
        this.waypoint = waypoint;
        for (MeshResource<Address> resource : snapshot.addresses().values()) {
            Address address = resource.message();
            switch (address.getTypeCase()) {
                case SERVICE -> services.add(address.getService());
                case WORKLOAD -> workloads.add(address.getWorkload());
                case TYPE_NOT_SET -> {}
            }
        }
    }

    Destinations build() {
        workloads.forEach(this::addMember);
        services.forEach(this::addService);
        workloads.stream().filter(w -> isBound(w.getWaypoint())).forEach(this::addWorkload);
        return new Destinations(byAddress, byService);
    }

    private boolean isBound(GatewayAddress binding) {
        return binding.getHostname().getHostname().equals(waypoint);
    }

    private void addMember(Workload workload) {
        if (workload.getStatus() != WorkloadStatus.HEALTHY
                || workload.getAddressesList().isEmpty()) {
            return;
        }
        workload.getServicesMap()
                .forEach(
                        (service, ports) -> {
                            for (Port port : ports.getPortsList()) {
                                if (port.getTargetPort() == 0) {
                                    continue;
                                }
                                members.computeIfAbsent(
                                                new Membership(service, port.getServicePort()),
                                                _ -> new ArrayList<>())
                                        .add(
                                                endpoint(
                                                        workload,
                                                        workload.getAddresses(0),
                                                        port.getTargetPort()));
                            }
                        });
    }

    private static Endpoint endpoint(Workload workload, ByteString address, int port) {
        return new Endpoint(
                socketAddress(address, port), workload.getTunnelProtocol() == TunnelProtocol.HBONE);
    }

    private void addService(Service service) {
        String key = service.getNamespace() + "/" + service.getHostname();
        for (Port port : service.getPortsList()) {
            Membership membership = new Membership(key, port.getServicePort());
            Protocol protocol = Protocol.of(port.getAppProtocol());
            protocols.put(membership, protocol);
            ServicePort name =
                    new ServicePort(
                            service.getNamespace(), service.getHostname(), port.getServicePort());
            Destination destination =
                    new Destination(
                            service.getHostname(),
                            protocol,
                            Optional.of(name),
                            List.copyOf(members.getOrDefault(membership, List.of())));
            byService.put(name, destination);
            if (isBound(service.getWaypoint())) {
                for (NetworkAddress vip : service.getAddressesList()) {
                    byAddress.put(
                            socketAddress(vip.getAddress(), port.getServicePort()), destination);
                }
            }
        }
    }

    private void addWorkload(Workload workload) {
        workload.getServicesMap()
                .forEach(
                        (service, ports) -> {
                            for (Port port : ports.getPortsList()) {
                                Protocol protocol =
                                        protocols.getOrDefault(
                                                new Membership(service, port.getServicePort()),
                                                Protocol.TCP);
                                addWorkloadPort(workload, port.getTargetPort(), protocol);
                            }
                        });
    }

    private void addWorkloadPort(Workload workload, int port, Protocol protocol) {
        for (ByteString address : workload.getAddressesList()) {
            Endpoint endpoint = endpoint(workload, address, port);
            byAddress.putIfAbsent(
                    endpoint.address(),
                    new Destination(
                            workload.getNamespace() + "/" + workload.getName(),
                            protocol,
                            Optional.empty(),
                            List.of(endpoint)));
        }
    }

    private static InetSocketAddress socketAddress(ByteString address, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address.toByteArray()), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address of 4 or 16 bytes", e);
        }
    }
}
