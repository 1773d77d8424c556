package io.ztunnel.sandbox.synthetic;

import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadStatus;
import io.ztunnel.api.workload.WorkloadType;

/**
 * Pods of Deployments as istiod describes them: 100 in a namespace, 100 on a node (of nodes that
 * the sandbox does not have), each an endpoint of one service, with an address in 10.128.0.0/10.
 * Nothing answers there.
 */
final class SyntheticWorkloads {
    private static final int FIRST_ADDRESS = 10 << 24 | 128 << 16;
    private static final int MOVED = 1 << 20;
    private static final int ZONES = 3;
    private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789aeiou";

    private SyntheticWorkloads() {}

    static String uid(SyntheticMesh mesh, int index) {
        return "Kubernetes//Pod/" + namespace(index) + "/" + name(mesh, index);
    }

    private static String namespace(int index) {
        return SyntheticMesh.namespace(index / SyntheticMesh.PER_NAMESPACE);
    }

    private static String deployment(SyntheticMesh mesh, int index) {
        int service = SyntheticServices.ofWorkload(mesh, index);
        return service < 0 ? "batch" : SyntheticServices.name(service);
    }

    /** DEPLOYMENT-REPLICASET-POD, the latter two as hashes look. */
    private static String name(SyntheticMesh mesh, int index) {
        String deployment = deployment(mesh, index);
        return deployment + "-" + hash(deployment.hashCode(), 9) + "-" + hash(index, 6);
    }

    /** Different seeds give different texts: multiplying by an odd number loses no bits. */
    private static String hash(int seed, int length) {
        long bits = seed * 0x9E3779B97F4A7C15L;
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt((int) (bits & 31)));
            bits >>>= 5;
        }
        return text.toString();
    }

    /**
     * @param generation how often the workload has changed; each time it becomes unhealthy, is
     *     healthy again with the next revision, or moves to another address, in turn
     */
    static Workload workload(SyntheticMesh mesh, int index, long generation) {
        String deployment = deployment(mesh, index);
        int node = index % mesh.nodes();
        long round = generation / 3;
        int step = (int) (generation % 3);
        Workload.Builder workload =
                Workload.newBuilder()
                        .setUid(uid(mesh, index))
                        .setName(name(mesh, index))
                        .setNamespace(namespace(index))
                        .addAddresses(
                                SyntheticServices.ipv4(
                                        FIRST_ADDRESS + index + (int) (round % 2) * MOVED))
                        .setTunnelProtocol(TunnelProtocol.HBONE)
                        .setServiceAccount(deployment)
                        .setNode("synthetic-node-" + node)
                        .setCanonicalName(deployment)
                        .setCanonicalRevision("v" + (1 + (generation + 1) / 3))
                        .setWorkloadType(WorkloadType.DEPLOYMENT)
                        .setWorkloadName(deployment)
                        .setStatus(step == 1 ? WorkloadStatus.UNHEALTHY : WorkloadStatus.HEALTHY)
                        .setClusterId("Kubernetes")
                        .setLocality(
                                Locality.newBuilder()
                                        .setRegion("r1")
                                        .setZone("z" + (1 + node % ZONES)));
        int service = SyntheticServices.ofWorkload(mesh, index);
        if (service >= 0) {
            workload.putServices(SyntheticServices.key(mesh, service), SyntheticServices.PORTS);
        }
        return workload.build();
    }
}
