package io.ztunnel.sandbox.waypoint;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.AppProtocol;
import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;
import io.ztunnel.sandbox.ambient.MeshResource;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What clients may dial through this waypoint: the addresses of the services and workloads that are
 * bound to it, and what is behind each. Immutable.
 */
final class Destinations {
    static final Destinations NONE = new Destinations(Map.of());

    private final Map<InetSocketAddress, Destination> byAddress;

    Destinations(Map<InetSocketAddress, Destination> byAddress) {
        this.byAddress = Map.copyOf(byAddress);
    }

    /**
     * @param name of the service or workload, for the log
     * @param http whether its bytes are HTTP/1.1 requests
     */
    record Destination(String name, boolean http, List<Endpoint> endpoints) {}

    /**
     * @param tunnel whether the endpoint is reached over HBONE
     */
    record Endpoint(InetSocketAddress address, boolean tunnel) {}

    @Nullable Destination find(InetSocketAddress dialled) {
        return byAddress.get(dialled);
    }

    /**
     * @param waypoint the host name of the waypoint's own service
     */
    static Destinations of(AmbientSnapshot snapshot, String waypoint) {
        List<Service> services = new ArrayList<>();
        List<Workload> workloads = new ArrayList<>();
        for (MeshResource<Address> resource : snapshot.addresses().values()) {
            Address address = resource.message();
            switch (address.getTypeCase()) {
                case SERVICE -> services.add(address.getService());
                case WORKLOAD -> workloads.add(address.getWorkload());
                case TYPE_NOT_SET -> {}
            }
        }
        Map<InetSocketAddress, Destination> found = new HashMap<>();
        for (Service service : services) {
            if (isBound(service.getWaypoint(), waypoint)) {
                addService(service, workloads, found);
            }
        }
        for (Workload workload : workloads) {
            if (isBound(workload.getWaypoint(), waypoint)) {
                addWorkload(workload, found);
            }
        }
        return new Destinations(found);
    }

    private static boolean isBound(GatewayAddress binding, String waypoint) {
        return binding.getHostname().getHostname().equals(waypoint);
    }

    private static void addService(
            Service service, List<Workload> workloads, Map<InetSocketAddress, Destination> found) {
        String key = service.getNamespace() + "/" + service.getHostname();
        for (Port port : service.getPortsList()) {
            List<Endpoint> endpoints = new ArrayList<>();
            for (Workload workload : workloads) {
                int target = targetPort(workload, key, port.getServicePort());
                if (target > 0 && workload.getStatus() == WorkloadStatus.HEALTHY) {
                    addEndpoint(workload, target, endpoints);
                }
            }
            Destination destination =
                    new Destination(
                            service.getHostname(),
                            port.getAppProtocol() == AppProtocol.HTTP11,
                            List.copyOf(endpoints));
            for (NetworkAddress vip : service.getAddressesList()) {
                found.put(socketAddress(vip.getAddress(), port.getServicePort()), destination);
            }
        }
    }

    private static int targetPort(Workload workload, String service, int servicePort) {
        return workload
                .getServicesOrDefault(service, PortList.getDefaultInstance())
                .getPortsList()
                .stream()
                .filter(port -> port.getServicePort() == servicePort)
                .mapToInt(Port::getTargetPort)
                .findFirst()
                .orElse(0);
    }

    private static void addEndpoint(Workload workload, int port, List<Endpoint> endpoints) {
        if (!workload.getAddressesList().isEmpty()) {
            endpoints.add(
                    new Endpoint(
                            socketAddress(workload.getAddresses(0), port),
                            workload.getTunnelProtocol() == TunnelProtocol.HBONE));
        }
    }

    private static void addWorkload(Workload workload, Map<InetSocketAddress, Destination> found) {
        workload.getServicesMap()
                .values()
                .forEach(
                        ports ->
                                ports.getPortsList()
                                        .forEach(
                                                port ->
                                                        addWorkloadPort(
                                                                workload,
                                                                port.getTargetPort(),
                                                                found)));
    }

    private static void addWorkloadPort(
            Workload workload, int port, Map<InetSocketAddress, Destination> found) {
        for (ByteString address : workload.getAddressesList()) {
            InetSocketAddress dialled = socketAddress(address, port);
            found.putIfAbsent(
                    dialled,
                    new Destination(
                            workload.getNamespace() + "/" + workload.getName(),
                            false,
                            List.of(
                                    new Endpoint(
                                            dialled,
                                            workload.getTunnelProtocol()
                                                    == TunnelProtocol.HBONE))));
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
