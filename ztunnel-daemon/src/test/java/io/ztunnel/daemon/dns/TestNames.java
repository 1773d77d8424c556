package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Workload;
import io.ztunnel.xds.LocalConfigException;
import io.ztunnel.xds.LocalFileSource;

import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;

import java.util.List;

/** A small mesh with a service for each rule of names, seen by {@code client} in {@code ns1}. */
final class TestNames {
    static final String CLIENT = "Kubernetes//Pod/ns1/client";

    private static final String MESH =
            """
            workloads:
            - {uid: Kubernetes//Pod/ns1/client, name: client, namespace: ns1, serviceAccount: client, network: nw1, node: node1,
               canonicalName: client-app, canonicalRevision: v1, workloadIps: [10.0.0.1], services: {}}
            - {uid: pod1, name: pod1, namespace: ns1, network: nw1, workloadIps: [10.0.1.1, 10.0.1.2, "fd00::1:1"],
               services: {ns1/headless.ns1.svc.cluster.local: {}, ns1/headless4.ns1.svc.cluster.local: {},
                          ns1/headless6.ns1.svc.cluster.local: {}}}
            - {uid: pod2, name: pod2, namespace: ns1, network: nw2, workloadIps: [10.0.2.1],
               services: {ns1/headless.ns1.svc.cluster.local: {}}}
            - {uid: sick, name: sick, namespace: ns1, network: nw1, workloadIps: [10.0.3.1], status: Unhealthy,
               services: {ns1/headless.ns1.svc.cluster.local: {}, ns1/sick.ns1.svc.cluster.local: {}}}
            services:
            - {name: productpage, namespace: ns1, hostname: productpage.ns1.svc.cluster.local, vips: [nw1/10.1.0.1], ports: {}}
            - {name: example, namespace: ns2, hostname: example.ns2.svc.cluster.local, vips: [nw1/10.1.0.2], ports: {}}
            - {name: google, namespace: ns1, hostname: www.google.com, vips: [nw1/10.1.0.3], ports: {}}
            - {name: company, namespace: ns1, hostname: "*.svc.mesh.company.net", vips: [nw1/10.1.0.4], ports: {}}
            - {name: elsewhere, namespace: ns1, hostname: elsewhere.ns1.svc.cluster.local, vips: [nw2/10.1.0.5], ports: {}}
            - {name: dual, namespace: ns1, hostname: dual.ns1.svc.cluster.local,
               vips: [nw1/10.1.0.6, "nw1/fd00::6", nw2/10.2.0.6], ports: {}}
            - {name: only4, namespace: ns1, hostname: only4.ns1.svc.cluster.local,
               vips: [nw1/10.1.0.7, "nw1/fd00::7"], ipFamilies: IPv4, ports: {}}
            - {name: only6, namespace: ns1, hostname: only6.ns1.svc.cluster.local,
               vips: [nw1/10.1.0.8, "nw1/fd00::8"], ipFamilies: IPv6, ports: {}}
            - {name: headless, namespace: ns1, hostname: headless.ns1.svc.cluster.local, vips: [], ports: {}}
            - {name: headless4, namespace: ns1, hostname: headless4.ns1.svc.cluster.local, vips: [], ipFamilies: IPv4, ports: {}}
            - {name: headless6, namespace: ns1, hostname: headless6.ns1.svc.cluster.local, vips: [], ipFamilies: IPv6, ports: {}}
            - {name: sick, namespace: ns1, hostname: sick.ns1.svc.cluster.local, vips: [], ports: {},
               loadBalancer: {routingPreferences: [], mode: Standard, healthPolicy: AllowAll}}
            - {name: nobody, namespace: ns1, hostname: nobody.ns1.svc.cluster.local, vips: [], ports: {}}
            - {name: noip, namespace: ns1, hostname: noip.example.com, vips: [], ports: {}}
            - {name: cidr, namespace: ns1, hostname: cidr.example.com, vips: [], ports: {},
               cidrVips: [{network: nw1, cidr: 10.9.0.0/16}]}
            - {name: hidden, namespace: ns2, hostname: hidden.example.com, vips: [nw1/10.1.0.9], visibility: Namespace, ports: {}}
            - {name: mine, namespace: ns1, hostname: mine.example.com, vips: [nw1/10.1.0.10], visibility: Namespace, ports: {}}
            - {name: shared, namespace: ns2, hostname: shared.example.com, vips: [nw1/10.1.2.2], ports: {}}
            - {name: shared, namespace: ns1, hostname: shared.example.com, vips: [nw1/10.1.2.1], ports: {}}
            - {name: far, namespace: ns2, hostname: far.example.com, vips: [nw1/10.1.3.2], ports: {}}
            - {name: far, namespace: ns3, hostname: far.example.com, vips: [nw1/10.1.3.3], ports: {}}
            - {name: canonical, namespace: ns2, hostname: canonical.example.com, vips: [nw1/10.1.4.2], ports: {}}
            - {name: canonical, namespace: ns4, hostname: canonical.example.com, vips: [nw1/10.1.4.4], canonical: true, ports: {}}
            - {name: canonical, namespace: ns3, hostname: canonical.example.com, vips: [nw1/10.1.4.3], ports: {}}
            - {name: narrow, namespace: ns1, hostname: "*.wild.example.org", vips: [nw1/10.1.5.1], ports: {}}
            - {name: wide, namespace: ns1, hostname: "*.example.org", vips: [nw1/10.1.5.2], ports: {}}
            - {name: exact, namespace: ns1, hostname: exact.wild.example.org, vips: [nw1/10.1.5.3], ports: {}}
            - {name: everything, namespace: ns1, hostname: "*", vips: [nw1/10.1.5.4], ports: {}}
            """;

    private TestNames() {}

    static MeshStore store() {
        return store(MESH);
    }

    static MeshStore store(String yaml) {
        MeshStore store = new MeshStore("node1");
        try {
            store.apply(LocalFileSource.inline(yaml).read().toUpdate());
        } catch (LocalConfigException e) {
            throw new AssertionError(e);
        }
        return store;
    }

    static Workload client(MeshView mesh) {
        Workload client = mesh.workload(CLIENT);
        if (client == null) {
            throw new AssertionError("the client is in no mesh");
        }
        return client;
    }

    static Name name(String text) {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> texts(List<IpAddress> addresses) {
        return addresses.stream().map(IpAddress::toString).sorted().toList();
    }

    /** Such as {@code a.example. A 10.0.0.1}, in the order of the message. */
    static List<String> lines(List<Record> records) {
        return records.stream()
                .map(
                        record ->
                                record.getName()
                                        + " "
                                        + org.xbill.DNS.Type.string(record.getType())
                                        + " "
                                        + record.rdataToString())
                .toList();
    }
}
