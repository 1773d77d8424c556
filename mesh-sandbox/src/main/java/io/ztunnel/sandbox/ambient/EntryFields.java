package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;
import com.google.protobuf.UInt32Value;

import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.Optional;

/** The fields that a WorkloadEntry and an endpoint of a ServiceEntry have in common. */
final class EntryFields {
    private EntryFields() {}

    /**
     * Both count as healthy: nobody probes them.
     *
     * @param entry the spec of the one, or the other itself
     */
    static void apply(Tree entry, Workload.Builder to) {
        address(entry.text("address"), to);
        to.setServiceAccount(entry.text("serviceAccount")).setWorkloadType(WorkloadType.POD);
        entry.integer("weight")
                .filter(weight -> weight > 0)
                .ifPresent(weight -> to.setCapacity(UInt32Value.of(weight)));
        String locality = entry.text("locality");
        if (!locality.isEmpty()) {
            to.setLocality(locality(locality));
        }
    }

    /** An address that is none is a host name. */
    static void address(String text, Workload.Builder to) {
        Optional<byte[]> bytes = IpLiteral.parse(text);
        if (bytes.isPresent()) {
            to.addAddresses(ByteString.copyFrom(bytes.get()));
        } else {
            to.setHostname(text);
        }
    }

    /** {@code region/zone/subzone}; the end may be missing. */
    private static Locality locality(String text) {
        String[] parts = text.split("/", 3);
        return Locality.newBuilder()
                .setRegion(parts[0])
                .setZone(parts.length > 1 ? parts[1] : "")
                .setSubzone(parts.length > 2 ? parts[2] : "")
                .build();
    }
}
