package io.ztunnel.xds;

import com.google.protobuf.InvalidProtocolBufferException;

import io.ztunnel.api.workload.Address;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/** From one resource's payload to the change it means. A bad one only fails itself. */
final class ResourceDecoder {
    private final WorkloadDecoder workloads;
    private final PlainWorkloadReader plainWorkloads;
    private final ServiceDecoder services;
    private final AuthorizationDecoder authorizations;

    ResourceDecoder() {
        FieldDecoder fields = new FieldDecoder();
        workloads = new WorkloadDecoder(fields);
        plainWorkloads = new PlainWorkloadReader(fields, workloads);
        services = new ServiceDecoder(fields);
        authorizations = new AuthorizationDecoder(fields);
    }

    /**
     * @param payload null when the resource had none
     */
    DeltaResponse.Resource decode(
            ResourceType type, String name, String version, byte @Nullable [] payload) {
        try {
            if (payload == null) {
                throw new InvalidResourceException(
                        "resource", "(absent)", "a resource needs a payload");
            }
            return switch (type) {
                case ADDRESS ->
                        new DeltaResponse.Resource(
                                name, version, type, address(name, payload), null);
                case AUTHORIZATION -> authorization(name, version, payload);
            };
        } catch (InvalidResourceException e) {
            return new DeltaResponse.Resource(name, version, type, null, e.getMessage());
        } catch (InvalidProtocolBufferException e) {
            return new DeltaResponse.Resource(
                    name,
                    version,
                    type,
                    null,
                    "not readable as " + type.url() + ": " + e.getMessage());
        }
    }

    private MeshUpdate.Change address(String name, byte[] payload)
            throws InvalidResourceException, InvalidProtocolBufferException {
        Workload plain = plainWorkloads.read(name, payload);
        if (plain != null) {
            return new MeshUpdate.PutWorkload(plain);
        }
        Address address = Address.parseFrom(payload);
        return switch (address.getTypeCase()) {
            case WORKLOAD ->
                    new MeshUpdate.PutWorkload(workloads.decode(name, address.getWorkload()));
            case SERVICE -> new MeshUpdate.PutService(services.decode(address.getService()));
            case TYPE_NOT_SET ->
                    throw new InvalidResourceException(
                            "type", "(absent)", "an address is a workload or a service");
        };
    }

    private DeltaResponse.Resource authorization(String name, String version, byte[] payload)
            throws InvalidResourceException, InvalidProtocolBufferException {
        AuthorizationDecoder.Decoded decoded =
                authorizations.decode(io.ztunnel.api.security.Authorization.parseFrom(payload));
        InvalidResourceException complaint = decoded.complaint();
        return new DeltaResponse.Resource(
                name,
                version,
                ResourceType.AUTHORIZATION,
                new MeshUpdate.PutPolicy(name, decoded.policy()),
                complaint == null ? null : complaint.getMessage());
    }
}
