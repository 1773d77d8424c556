package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.net.NetworkException;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.net.ServiceAddress;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives every node the service addresses, when they have changed. */
final class ServiceProgrammer {
    private final SandboxNetwork network;
    private final EventLog log;
    private final Map<String, List<ServiceAddress>> programmed = new HashMap<>();

    ServiceProgrammer(SandboxNetwork network, EventLog log) {
        this.network = network;
        this.log = log;
    }

    void reconcile(Collection<String> nodes, List<ServiceAddress> table) {
        for (String node : nodes) {
            if (table.equals(programmed.get(node))) {
                continue;
            }
            try {
                network.setServices(node, table);
                programmed.put(node, table);
            } catch (NetworkException failed) {
                // The former rules stay in force; the next change tries again.
                log.add(
                        "error: service addresses of "
                                + node
                                + " unchanged: "
                                + failed.getMessage());
            }
        }
    }
}
