package io.ztunnel.daemon.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose {@code ip:port} it is: that of a service by its first VIP, else of a workload. */
final class AddressNames {
    static final AddressNames NONE = new AddressNames(Map.of(), Map.of());

    private final Map<String, String> services;
    private final Map<String, String> workloads;

    private AddressNames(Map<String, String> services, Map<String, String> workloads) {
        this.services = services;
        this.workloads = workloads;
    }

    static AddressNames of(Dump dump) {
        Map<String, String> services = new HashMap<>();
        for (JsonObject service : dump.entries(Section.SERVICES)) {
            List<String> vips = service.texts("vips");
            if (!vips.isEmpty()) {
                services.put(ServiceView.withoutNetwork(vips.getFirst()), service.text("hostname"));
            }
        }
        Map<String, String> workloads = new HashMap<>();
        for (JsonObject workload : dump.entries(Section.WORKLOADS)) {
            List<String> ips = workload.texts("workloadIps");
            if (!ips.isEmpty()) {
                workloads.put(
                        ips.getFirst(), workload.text("name") + "." + workload.text("namespace"));
            }
        }
        return new AddressNames(services, workloads);
    }

    /** The address itself if nobody is known to have it. */
    String of(String address) {
        int colon = address.lastIndexOf(':');
        if (colon <= 0) {
            return address;
        }
        String host = address.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String ip = bracketed ? host.substring(1, host.length() - 1) : host;
        if (!bracketed && ip.contains(":")) {
            return address; // no port: an IPv6 address has brackets around it when there is one
        }
        String name = services.get(ip);
        if (name == null) {
            name = workloads.get(ip);
        }
        return name == null ? address : name + address.substring(colon);
    }
}
