package io.ztunnel.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.Workload;

/** Messages as a control plane sends them. */
final class WireFixture {
    static final String WDS = "type.googleapis.com/istio.workload.Address";
    static final String WADS = "type.googleapis.com/istio.security.Authorization";

    private WireFixture() {}

    static ByteString bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteString.copyFrom(bytes);
    }

    static ByteString v4(int last) {
        return bytes(10, 0, 0, last);
    }

    static Workload.Builder pod(String name) {
        return Workload.newBuilder()
                .setUid("c1//Pod/ns1/" + name)
                .setName(name)
                .setNamespace("ns1")
                .setNode("n1")
                .addAddresses(v4(1));
    }

    static Service.Builder service(String hostname) {
        return Service.newBuilder().setName("s").setNamespace("ns1").setHostname(hostname);
    }

    static Resource resource(String name, String typeUrl, MessageLite message) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion("v-" + name)
                .setResource(Any.newBuilder().setTypeUrl(typeUrl).setValue(message.toByteString()))
                .build();
    }

    static Resource resource(Workload.Builder workload) {
        return resource(workload.getUid(), WDS, Address.newBuilder().setWorkload(workload).build());
    }

    static Resource resource(Service.Builder service) {
        return resource(
                service.getNamespace() + "/" + service.getHostname(),
                WDS,
                Address.newBuilder().setService(service).build());
    }

    static Resource resource(Authorization.Builder policy) {
        return resource(policy.getNamespace() + "/" + policy.getName(), WADS, policy.build())
                .toBuilder()
                .setVersion("")
                .build();
    }

    /** A workload that no ztunnel can talk to. */
    static Resource badPod(String name) {
        return resource(pod(name).addAddresses(bytes(1, 2, 3)));
    }

    static DeltaDiscoveryResponse response(String typeUrl, String nonce, Resource... resources) {
        DeltaDiscoveryResponse.Builder response =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(typeUrl).setNonce(nonce);
        for (Resource resource : resources) {
            response.addResources(resource);
        }
        return response.build();
    }
}
