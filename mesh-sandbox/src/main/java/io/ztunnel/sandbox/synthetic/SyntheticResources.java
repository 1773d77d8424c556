package io.ztunnel.sandbox.synthetic;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.sandbox.ambient.MeshResource;

import java.util.function.Consumer;

/** Settings as resources. Pure: the same settings and numbers give the same bytes. */
public final class SyntheticResources {
    /** A prime, so that updates go here and there. */
    private static final int STRIDE = 7_919;

    private final SyntheticMesh mesh;

    public SyntheticResources(SyntheticMesh mesh) {
        this.mesh = mesh;
    }

    /** Every service and every workload as it is first. */
    public void addresses(Consumer<MeshResource<Address>> sink) {
        for (int i = 0; i < mesh.services(); i++) {
            sink.accept(
                    MeshResource.of(
                            SyntheticServices.key(mesh, i),
                            Address.newBuilder()
                                    .setService(SyntheticServices.service(mesh, i))
                                    .build()));
        }
        for (int i = 0; i < mesh.workloads(); i++) {
            sink.accept(workload(i, 0));
        }
    }

    public void authorizations(Consumer<MeshResource<Authorization>> sink) {
        for (int i = 0; i < mesh.policies(); i++) {
            sink.accept(
                    MeshResource.of(
                            SyntheticPolicies.key(mesh, i), SyntheticPolicies.policy(mesh, i)));
        }
    }

    /**
     * The workload that the update of this number changes, as it is then. Every workload has its
     * turn before one comes again; there must be one.
     *
     * @param number from 0
     */
    public MeshResource<Address> update(long number) {
        int count = mesh.workloads();
        long stride = count % STRIDE == 0 ? 1 : STRIDE;
        return workload((int) (number % count * stride % count), 1 + number / count);
    }

    private MeshResource<Address> workload(int index, long generation) {
        return MeshResource.of(
                SyntheticWorkloads.uid(mesh, index),
                Address.newBuilder()
                        .setWorkload(SyntheticWorkloads.workload(mesh, index, generation))
                        .build());
    }
}
