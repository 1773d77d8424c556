package io.ztunnel.daemon.cli;

import io.ztunnel.daemon.cli.Shape.Any;
import io.ztunnel.daemon.cli.Shape.CidrVip;
import io.ztunnel.daemon.cli.Shape.Field;
import io.ztunnel.daemon.cli.Shape.Flag;
import io.ztunnel.daemon.cli.Shape.ListOf;
import io.ztunnel.daemon.cli.Shape.ListOrMap;
import io.ztunnel.daemon.cli.Shape.MapOf;
import io.ztunnel.daemon.cli.Shape.Pointer;
import io.ztunnel.daemon.cli.Shape.Ports;
import io.ztunnel.daemon.cli.Shape.Struct;
import io.ztunnel.daemon.cli.Shape.Text;
import io.ztunnel.daemon.cli.Shape.Whole;

/** A part of a dump, with the fields that istioctl knows of it, in istioctl's order. */
enum Section {
    WORKLOADS("workloads", new ListOrMap(new Pointer(Shapes.WORKLOAD))),
    SERVICES("services", new ListOrMap(new Pointer(Shapes.SERVICE))),
    POLICIES("policies", new ListOrMap(new Pointer(Shapes.POLICY))),
    CERTIFICATES("certificates", new ListOrMap(new Pointer(Shapes.CERTIFICATES))),
    PODS("workloadState", new MapOf(Shapes.POD)),
    CONFIG("config", Struct.of(Field.always("localNode", Shapes.TEXT)));

    private final String key;

    @SuppressWarnings("ImmutableEnumChecker") // shapes are records of records
    private final Shape shape;

    Section(String key, Shape shape) {
        this.key = key;
        this.shape = shape;
    }

    String key() {
        return key;
    }

    Shape shape() {
        return shape;
    }

    /** Apart, because an enum cannot use its own constants in its constructors. */
    private static final class Shapes {
        static final Text TEXT = new Text();
        static final ListOf TEXTS = new ListOf(TEXT);
        static final Whole PORT = new Whole(0, 65_535);
        static final Pointer GATEWAY = new Pointer(Struct.of(Field.always("destination", TEXT)));

        static final Struct WORKLOAD =
                Struct.of(
                        Field.always("uid", TEXT),
                        Field.always("workloadIps", TEXTS),
                        Field.ifPresent("waypoint", GATEWAY),
                        Field.ifPresent("networkGateway", GATEWAY),
                        Field.always("protocol", TEXT),
                        Field.always("name", TEXT),
                        Field.always("namespace", TEXT),
                        Field.always("serviceAccount", TEXT),
                        Field.always("workloadName", TEXT),
                        Field.always("workloadType", TEXT),
                        Field.always("canonicalName", TEXT),
                        Field.always("canonicalRevision", TEXT),
                        Field.always("clusterId", TEXT),
                        Field.ifPresent("trustDomain", TEXT),
                        Field.always(
                                "locality",
                                Struct.of(
                                        Field.ifPresent("region", TEXT),
                                        Field.ifPresent("zone", TEXT),
                                        Field.ifPresent("subzone", TEXT))),
                        Field.always("node", TEXT),
                        Field.ifPresent("network", TEXT),
                        Field.always("status", TEXT),
                        Field.always("hostname", TEXT),
                        Field.always("capacity", new Whole(0, 0xFFFF_FFFFL)),
                        Field.always(
                                "applicationTunnel",
                                Struct.of(
                                        Field.always("protocol", TEXT),
                                        Field.ifPresent("port", new Pointer(PORT)))),
                        Field.ifPresent("authorizationPolicies", TEXTS));

        static final Struct SERVICE =
                Struct.of(
                        Field.always("name", TEXT),
                        Field.always("namespace", TEXT),
                        Field.always("hostname", TEXT),
                        Field.always("vips", TEXTS),
                        Field.ifPresent("cidrVips", new ListOf(new CidrVip())),
                        Field.always("ports", new MapOf(new Whole(Long.MIN_VALUE, Long.MAX_VALUE))),
                        Field.ifPresent(
                                "loadBalancer",
                                new Pointer(
                                        Struct.of(
                                                Field.always("mode", TEXT),
                                                Field.always("routingPreferences", TEXTS),
                                                Field.always("healthPolicy", TEXT)))),
                        Field.ifPresent("waypoint", GATEWAY),
                        Field.always(
                                "endpoints",
                                new MapOf(
                                        new Pointer(
                                                Struct.of(
                                                        Field.always("workloadUid", TEXT),
                                                        Field.always("service", TEXT),
                                                        Field.ifPresent("address", TEXT),
                                                        Field.always("port", new Ports()))))),
                        Field.ifPresent("subjectAltNames", TEXTS),
                        Field.always("ipFamilies", TEXT),
                        Field.ifPresent("canonical", new Flag()),
                        Field.ifPresent("visibility", TEXT));

        private static final ListOf MATCHERS =
                new ListOf(
                        Struct.of(
                                Field.ifPresent("Exact", TEXT),
                                Field.ifPresent("Suffix", TEXT),
                                Field.ifPresent("Prefix", TEXT),
                                Field.ifPresent("Presence", new Any())));
        private static final ListOf ACCOUNTS =
                new ListOf(
                        Struct.of(
                                Field.always("namespace", TEXT),
                                Field.always("serviceAccount", TEXT)));
        private static final ListOf PORTS = new ListOf(PORT);
        private static final Struct MATCH =
                Struct.of(
                        Field.ifPresent("namespaces", MATCHERS),
                        Field.ifPresent("notNamespaces", MATCHERS),
                        Field.ifPresent("principals", MATCHERS),
                        Field.ifPresent("notPrincipals", MATCHERS),
                        Field.ifPresent("sourceIps", TEXTS),
                        Field.ifPresent("notSourceIps", TEXTS),
                        Field.ifPresent("destinationIps", TEXTS),
                        Field.ifPresent("notDestinationIps", TEXTS),
                        Field.ifPresent("destinationPorts", PORTS),
                        Field.ifPresent("notDestinationPorts", PORTS),
                        Field.ifPresent("serviceAccounts", ACCOUNTS),
                        Field.ifPresent("notServiceAccounts", ACCOUNTS));

        static final Struct POLICY =
                Struct.of(
                        Field.always("name", TEXT),
                        Field.always("namespace", TEXT),
                        Field.always("scope", TEXT),
                        Field.always("action", TEXT),
                        Field.always(
                                "rules", new ListOf(new ListOf(new ListOf(new Pointer(MATCH))))));

        private static final ListOf CHAIN =
                new ListOf(
                        new Pointer(
                                Struct.of(
                                        Field.always("pem", TEXT),
                                        Field.always("serialNumber", TEXT),
                                        Field.always("validFrom", TEXT),
                                        Field.always("expirationTime", TEXT))));

        static final Struct CERTIFICATES =
                Struct.of(
                        Field.always("identity", TEXT),
                        Field.always("state", TEXT),
                        Field.always("certChain", CHAIN),
                        Field.always("rootCerts", CHAIN));

        private static final ListOf CONNECTIONS =
                new ListOf(
                        Struct.of(
                                Field.always("src", TEXT),
                                Field.always("originalDst", TEXT),
                                Field.always("actualDst", TEXT),
                                Field.always("protocol", TEXT)));

        static final Struct POD =
                Struct.of(
                        Field.ifPresent("state", TEXT),
                        Field.always(
                                "connections",
                                Struct.of(
                                        Field.always("inbound", CONNECTIONS),
                                        Field.always("outbound", CONNECTIONS))),
                        Field.always(
                                "info",
                                Struct.of(
                                        Field.always("name", TEXT),
                                        Field.always("namespace", TEXT),
                                        Field.always("trustDomain", TEXT),
                                        Field.always("serviceAccount", TEXT))));

        private Shapes() {}
    }
}
