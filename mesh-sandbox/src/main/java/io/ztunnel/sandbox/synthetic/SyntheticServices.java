package io.ztunnel.sandbox.synthetic;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.IPFamilies;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.api.workload.Service;

/**
 * Services with one VIP each, in 10.192.0.0/12, ports 80 and 443. They are spread over the
 * namespaces of the synthetic workloads in turn.
 */
final class SyntheticServices {
    private static final int FIRST_VIP = 10 << 24 | 192 << 16;

    private static final Port HTTP = port(80, 8080);
    private static final Port HTTPS = port(443, 8443);

    /** What a member of a service says about it. */
    static final PortList PORTS = PortList.newBuilder().addPorts(HTTP).addPorts(HTTPS).build();

    private SyntheticServices() {}

    private static Port port(int service, int target) {
        return Port.newBuilder().setServicePort(service).setTargetPort(target).build();
    }

    static String name(int index) {
        return "app-" + index;
    }

    private static String hostname(SyntheticMesh mesh, int index) {
        return name(index) + "." + namespace(mesh, index) + ".svc.cluster.local";
    }

    static String namespace(SyntheticMesh mesh, int index) {
        return SyntheticMesh.namespace(index % mesh.namespaces());
    }

    /** The resource's name: {@code NAMESPACE/HOSTNAME}. */
    static String key(SyntheticMesh mesh, int index) {
        return namespace(mesh, index) + "/" + hostname(mesh, index);
    }

    /**
     * The service of a workload, one of its own namespace if that has any; -1 when there are none.
     */
    static int ofWorkload(SyntheticMesh mesh, int workload) {
        if (mesh.services() == 0) {
            return -1;
        }
        int namespaces = mesh.namespaces();
        int namespace = workload / SyntheticMesh.PER_NAMESPACE;
        if (namespace >= mesh.services()) {
            return workload % mesh.services();
        }
        int here = (mesh.services() - namespace + namespaces - 1) / namespaces;
        return namespace + workload % SyntheticMesh.PER_NAMESPACE % here * namespaces;
    }

    static Service service(SyntheticMesh mesh, int index) {
        return Service.newBuilder()
                .setName(name(index))
                .setNamespace(namespace(mesh, index))
                .setHostname(hostname(mesh, index))
                .addAddresses(NetworkAddress.newBuilder().setAddress(ipv4(FIRST_VIP + index)))
                .addPorts(HTTP)
                .addPorts(HTTPS)
                .setIpFamilies(IPFamilies.IPV4_ONLY)
                .setCanonical(true)
                .build();
    }

    static ByteString ipv4(int address) {
        return ByteString.copyFrom(
                new byte[] {
                    (byte) (address >>> 24),
                    (byte) (address >>> 16),
                    (byte) (address >>> 8),
                    (byte) address
                });
    }
}
