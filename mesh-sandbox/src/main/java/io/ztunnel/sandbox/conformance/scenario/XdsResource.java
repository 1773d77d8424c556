package io.ztunnel.sandbox.conformance.scenario;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Workload;

/** A resource as the control plane serves it. */
public record XdsResource(String typeUrl, String name, ByteString content) {
    public static final String ADDRESS = "type.googleapis.com/istio.workload.Address";
    public static final String AUTHORIZATION = "type.googleapis.com/istio.security.Authorization";

    public static XdsResource of(Workload workload) {
        return new XdsResource(
                ADDRESS,
                workload.getUid(),
                Address.newBuilder().setWorkload(workload).build().toByteString());
    }
}
