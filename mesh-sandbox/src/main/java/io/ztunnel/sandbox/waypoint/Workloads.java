package io.ztunnel.sandbox.waypoint;

import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;

/** Who has an address, for telemetry. Immutable. */
public final class Workloads {
    static final Workloads NONE = new Workloads(Map.of());

    private final Map<InetAddress, Workload> byAddress;

    private Workloads(Map<InetAddress, Workload> byAddress) {
        this.byAddress = Map.copyOf(byAddress);
    }

    static Workloads of(AmbientSnapshot snapshot) {
        Map<InetAddress, Workload> byAddress = new HashMap<>();
        snapshot.addresses()
                .values()
                .forEach(
                        resource -> {
                            Workload workload = resource.message().getWorkload();
                            workload.getAddressesList()
                                    .forEach(
                                            bytes ->
                                                    byAddress.put(
                                                            address(bytes.toByteArray()),
                                                            workload));
                        });
        return new Workloads(byAddress);
    }

    @Nullable Workload at(InetAddress address) {
        return byAddress.get(address);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address of 4 or 16 bytes", e);
        }
    }
}
