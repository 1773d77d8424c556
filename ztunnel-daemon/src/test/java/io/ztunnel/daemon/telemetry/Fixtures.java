package io.ztunnel.daemon.telemetry;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import java.util.List;
import java.util.Map;

/** Workloads and services with what telemetry reads of them. */
final class Fixtures {
    private Fixtures() {}

    static Workload workload(
            String name, String namespace, String account, String canonical, String revision) {
        return new Workload(
                "Kubernetes//Pod/" + namespace + "/" + name,
                name,
                namespace,
                "cluster.local",
                account,
                List.of(),
                "",
                Workload.NetworkMode.STANDARD,
                Workload.Protocol.HBONE,
                false,
                null,
                null,
                null,
                "node1",
                "Kubernetes",
                canonical,
                revision,
                "deployment",
                canonical + (revision.equals("latest") ? "" : "-" + revision),
                "",
                Workload.Health.HEALTHY,
                new Workload.Locality("r1", "z1", ""),
                List.of(),
                Map.of(),
                1);
    }

    static Service service(String name, String namespace) {
        return new Service(
                name,
                namespace,
                name + "." + namespace + ".svc.cluster.local",
                List.of(),
                List.of(),
                PortMap.EMPTY,
                List.of(),
                null,
                List.of(),
                null,
                Service.IpFamilies.AUTOMATIC,
                true,
                Service.Visibility.PUBLIC);
    }

    static HostPort address(String text) {
        int colon = text.lastIndexOf(':');
        return new HostPort(
                IpAddress.parse(text.substring(0, colon)),
                Integer.parseInt(text.substring(colon + 1)));
    }
}
