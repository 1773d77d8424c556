package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A row per rule of the tables; what is given and shown is cut down to what the rule is about. */
class ConfigTablesTest {
    private static final View WORKLOADS = new WorkloadView(WorkloadView.Filter.NONE);
    private static final View SERVICES = new ServiceView("");
    private static final View POLICIES = new PolicyView("");
    private static final View CERTIFICATES = new CertificateView(ConfigRun.NOON);
    private static final View CONNECTIONS = connections("", "", false);

    private static View workloads(String name, String namespace, String address, String node) {
        return new WorkloadView(new WorkloadView.Filter(name, namespace, address, node));
    }

    private static View connections(String name, String namespace, boolean raw) {
        return new ConnectionView(new PodName(name, namespace), ConnectionView.Direction.BOTH, raw);
    }

    /** Rows without their header, a bar between cells. */
    private static List<String> rows(View view, String dump) throws IOException {
        StringWriter out = new StringWriter();
        view.table(
                        Dump.read(
                                ConfigRun.stream(dump.replace('\'', '"')),
                                Set.copyOf(view.sections())))
                .writeTo(out);
        return out.toString()
                .lines()
                .skip(1)
                .map(line -> line.strip().replaceAll(" {2,}", " "))
                .toList();
    }

    private static Arguments row(String rule, View view, String dump, String... rows) {
        return argumentSet(rule, view, dump, List.of(rows));
    }

    static Stream<Arguments> rules() {
        return Stream.of(workloadRules(), serviceRules(), policyRules(), certificateRules())
                .flatMap(rules -> rules);
    }

    private static Stream<Arguments> workloadRules() {
        String three =
                "{'workloads': [{'name': 'b', 'namespace': 'n', 'node': 'k2', 'workloadIps':"
                    + " ['10.0.0.2', 'fd00::2']}, {'name': 'b', 'namespace': 'n', 'node': 'k1'},"
                    + " {'name': 'a', 'namespace': 'o', 'node': 'k1'}]}";
        return Stream.of(
                row(
                        "sorted by namespace.name, then by node",
                        WORKLOADS,
                        three,
                        "n b k1 None",
                        "n b 10.0.0.2,fd00::2 k2 None",
                        "o a k1 None"),
                row(
                        "the dot between namespace and name takes part in sorting",
                        WORKLOADS,
                        "{'workloads': [{'namespace': 'a.b', 'name': 'c'}, {'namespace': 'a',"
                                + " 'name': 'z'}, {'namespace': 'a-b', 'name': 'c'}]}",
                        "a-b c None",
                        "a.b c None",
                        "a z None"),
                row(
                        "hostname where there is no address",
                        WORKLOADS,
                        "{'workloads': [{'name': 'a', 'workloadIps': [], 'hostname':"
                                + " 'a.example'}]}",
                        "a a.example None"),
                row(
                        "the address goes before the hostname",
                        WORKLOADS,
                        "{'workloads': [{'workloadIps': ['10.0.0.1'], 'hostname': 'a.example'}]}",
                        "10.0.0.1 None"),
                row(
                        "the protocol as it is written",
                        WORKLOADS,
                        "{'workloads': [{'protocol': 'NewProtocol'}]}",
                        "None NewProtocol"),
                row(
                        "waypoint by namespace/hostname",
                        WORKLOADS,
                        "{'workloads': [{'waypoint': {'destination': 'i/wp.i'}}], 'services':"
                                + " [{'name': 'wp', 'namespace': 'i', 'hostname': 'wp.i'}]}",
                        "wp"),
                row(
                        "waypoint by VIP of the same network",
                        WORKLOADS,
                        "{'workloads': [{'waypoint': {'destination': 'net2/10.0.0.9'}}],"
                                + " 'services': [{'name': 'here', 'vips': ['/10.0.0.9']}, {'name':"
                                + " 'there', 'vips': ['/10.0.0.8', 'net2/10.0.0.9']}]}",
                        "there"),
                row(
                        "waypoint shared by two services: the first has the name",
                        WORKLOADS,
                        "{'workloads': [{'waypoint': {'destination': '/10.0.0.9'}}], 'services':"
                            + " [{'name': 'one', 'vips': ['/10.0.0.9']}, {'name': 'two', 'vips':"
                            + " ['/10.0.0.9']}]}",
                        "one"),
                row(
                        "waypoint that is not known",
                        WORKLOADS,
                        "{'workloads': [{'waypoint': {'destination': 'i/gone'}}]}",
                        "NA"),
                row(
                        "waypoint without a destination is not no waypoint",
                        WORKLOADS,
                        "{'workloads': [{'waypoint': {}}, {'waypoint': null, 'node': 'z'}]}",
                        "NA",
                        "z None"),
                row("filter by name", workloads("A", "", "", ""), three, "o a k1 None"),
                row("filter by namespace", workloads("", "O", "", ""), three, "o a k1 None"),
                row(
                        "filter by any address",
                        workloads("", "", "FD00::2", ""),
                        three,
                        "n b 10.0.0.2,fd00::2 k2 None"),
                row(
                        "filter by node",
                        workloads("", "", "", "K1"),
                        three,
                        "n b k1 None",
                        "o a k1 None"),
                row("filters are all to hold", workloads("b", "o", "", ""), three),
                row(
                        "a map counts as the list of its values",
                        WORKLOADS,
                        "{'workloads': {'x': {'name': 'a'}, 'y': {'name': 'b'}}}",
                        "a None",
                        "b None"),
                row(
                        "an entry that is null is none",
                        WORKLOADS,
                        "{'workloads': [null, {'name': 'a'}]}",
                        "a None"),
                row(
                        "keys match without regard to case",
                        WORKLOADS,
                        "{'WorkLoads': [{'NAME': 'a', 'WorkloadIPs': ['10.0.0.1']}]}",
                        "a 10.0.0.1 None"),
                row(
                        "unknown keys are passed over, whatever is in them",
                        WORKLOADS,
                        "{'new': [[{'workloads': 1}]], 'workloads': [{'name': 'a', 'new': {'x':"
                                + " [1, {}]}}]}",
                        "a None"),
                row(
                        "characters that control a terminal are shown, not sent",
                        WORKLOADS,
                        "{'workloads': [{'name': 'a\\u001b[2J\\nb'}]}",
                        "a\\x1b[2J\\x0ab None"));
    }

    private static Stream<Arguments> serviceRules() {
        return Stream.of(
                row(
                        "sorted by namespace, name and hostname",
                        SERVICES,
                        "{'services': [{'namespace': 'b', 'name': 'a'}, {'namespace': 'a', 'name':"
                            + " 'b', 'hostname': 'y', 'vips': ['/2']}, {'namespace': 'a', 'name':"
                            + " 'b', 'hostname': 'x', 'vips': ['/1']}, {'namespace': 'a', 'name':"
                            + " 'a'}]}",
                        "a a None 0/0",
                        "a b 1 None 0/0",
                        "a b 2 None 0/0",
                        "b a None 0/0"),
                row(
                        "all VIPs without their networks, CIDRs not",
                        SERVICES,
                        "{'services': [{'vips': ['/10.0.0.1', 'net2/fd00::1'], 'cidrVips':"
                                + " [{'cidr': '10.0.0.0/8', 'network': ''}]}]}",
                        "10.0.0.1,fd00::1 None 0/0"),
                row(
                        "no VIP is blank",
                        SERVICES,
                        "{'services': [{'name': 'headless', 'vips': []}]}",
                        "headless None 0/0"),
                row(
                        "endpoints are healthy by the status of their workloads",
                        SERVICES,
                        "{'workloads': [{'uid': 'u1', 'status': 'Healthy'}, {'uid': 'u2', 'status':"
                            + " 'Unhealthy'}, {'uid': 'u3', 'status': 'healthy'}], 'services':"
                            + " [{'endpoints': {'a': {'workloadUid': 'u1'}, 'b': {'workloadUid':"
                            + " 'u2'}, 'c': {'workloadUid': 'u3'}, 'd': {'workloadUid': 'gone',"
                            + " 'status': 'Healthy'}}}]}",
                        "None 1/4"),
                row(
                        "waypoint of another namespace by its bare name",
                        SERVICES,
                        "{'services': [{'namespace': 'a', 'name': 's', 'waypoint': {'destination':"
                                + " 'infra/wp.infra'}}, {'namespace': 'infra', 'name': 'wp',"
                                + " 'hostname': 'wp.infra'}]}",
                        "a s wp 0/0",
                        "infra wp None 0/0"),
                row(
                        "filter by namespace; waypoints elsewhere keep their names",
                        new ServiceView("A"),
                        "{'services': [{'namespace': 'a', 'name': 's', 'waypoint': {'destination':"
                                + " 'infra/wp.infra'}}, {'namespace': 'infra', 'name': 'wp',"
                                + " 'hostname': 'wp.infra'}]}",
                        "a s wp 0/0"));
    }

    private static Stream<Arguments> policyRules() {
        String two =
                "{'policies': [{'namespace': 'b', 'name': 'a', 'action': 'Odd', 'scope': 'Even'},"
                        + " {'namespace': 'a', 'name': 'z', 'action': 'Deny', 'scope': 'Global',"
                        + " 'dryRun': true}, {'namespace': 'a', 'name': 'y', 'action': 'Allow',"
                        + " 'scope': 'Namespace'}]}";
        return Stream.of(
                row(
                        "sorted by namespace and name, words as they are",
                        POLICIES,
                        two,
                        "a y Allow Namespace",
                        "a z Deny Global",
                        "b a Odd Even"),
                row("filter by namespace", new PolicyView("B"), two, "b a Odd Even"));
    }

    private static String certificates(String... certificates) {
        return "{'certificates': [" + String.join(", ", certificates) + "]}";
    }

    private static String certificate(String serial, String from, String to) {
        return "{'serialNumber': '%s', 'validFrom': '%s', 'expirationTime': '%s'}"
                .formatted(serial, from, to);
    }

    private static Stream<Arguments> certificateRules() {
        String valid = certificate("10", "2029-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
        String validRow = "Up true a 2031-01-01T00:00:00Z 2029-01-01T00:00:00Z";
        return Stream.of(
                row(
                        "in the order of the dump",
                        CERTIFICATES,
                        certificates("{'identity': 'z'}", "{'identity': 'a'}"),
                        "z NA false NA NA NA",
                        "a NA false NA NA NA"),
                row(
                        "without a chain there is one row",
                        CERTIFICATES,
                        certificates("{'identity': 'a', 'state': 'Initializing', 'certChain': []}"),
                        "a NA Initializing false NA NA NA"),
                row(
                        "the reason for being unavailable is left out",
                        CERTIFICATES,
                        certificates("{'identity': 'a', 'state': 'Unavailable: no CA'}"),
                        "a NA Unavailable false NA NA NA"),
                row(
                        "leaf, intermediates and roots",
                        CERTIFICATES,
                        certificates(
                                "{'identity': 'a', 'state': 'Up', 'certChain': [%1$s, %1$s, %1$s],"
                                                .formatted(valid)
                                        + " 'rootCerts': [%1$s, %1$s]}".formatted(valid)),
                        "a Leaf " + validRow,
                        "a Intermediate " + validRow,
                        "a Intermediate " + validRow,
                        "a Root " + validRow,
                        "a Root " + validRow),
                row(
                        "without roots the last of the chain is the root",
                        CERTIFICATES,
                        certificates(
                                "{'identity': 'a', 'state': 'Up', 'certChain': [%1$s, %1$s, %1$s]}"
                                        .formatted(valid)),
                        "a Leaf " + validRow,
                        "a Intermediate " + validRow,
                        "a Root " + validRow),
                row(
                        "a chain of one is a leaf",
                        CERTIFICATES,
                        certificates(
                                "{'identity': 'a', 'state': 'Up', 'certChain': [%s]}"
                                        .formatted(valid)),
                        "a Leaf " + validRow),
                validity("exactly the beginning is not valid", "12:00:00Z", "12:00:01Z", false),
                validity("exactly the end is not valid", "11:59:59Z", "12:00:00Z", false),
                validity("in between it is", "11:59:59.9Z", "12:00:00.1Z", true),
                validity("other time zones count", "14:59:00+03:00", "15:01:00+03:00", true),
                validity("what is no time is not valid", "11:00:00Z", "soon", false),
                serial(
                        "decimal is shown as hexadecimal",
                        "1234605616436508552",
                        "1122334455667788"),
                serial("no leading zeros", "0015", "f"),
                serial("hexadecimal is no serial number", "0x10", "<nil>"),
                serial("nothing is no serial number", "", "<nil>"),
                serial("longer than any serial number", "9".repeat(1001), "<nil>"));
    }

    private static Arguments validity(String rule, String from, String to, boolean valid) {
        String day = "2030-01-01T";
        return row(
                rule,
                CERTIFICATES,
                certificates(
                        "{'state': 'Up', 'certChain': [%s]}"
                                .formatted(certificate("1", day + from, day + to))),
                "Leaf Up " + valid + " 1 " + day + to + " " + day + from);
    }

    private static Arguments serial(String rule, String decimal, String shown) {
        return row(
                rule,
                CERTIFICATES,
                certificates(
                        "{'state': 'Up', 'certChain': [%s]}"
                                .formatted(certificate(decimal, "", ""))),
                "Leaf Up false " + shown + " NA NA");
    }

    @ParameterizedTest
    @MethodSource("rules")
    void tableShows(View view, String dump, List<String> rows) throws IOException {
        assertThat(rows(view, dump)).isEqualTo(rows);
    }

    private static final String CONNECTED =
            "{'services': [{'hostname': 's.example', 'vips': ['/10.96.0.1', '/10.96.0.2']},"
                + " {'hostname': 'six.example', 'vips': ['net2/fd00:96::1']}, {'hostname':"
                + " 'none.example', 'vips': []}], 'workloads': [{'name': 'w', 'namespace': 'n',"
                + " 'workloadIps': ['10.0.0.1', '10.0.0.2']}, {'name': 'both', 'namespace': 'n',"
                + " 'workloadIps': ['10.96.0.1']}], 'workloadState': {'1': {'info': {'name': 'w',"
                + " 'namespace': 'n'}, 'connections': {'inbound': [{'src': 'IN', 'actualDst':"
                + " '10.0.0.1:80', 'originalDst': '10.96.0.1:80', 'protocol': 'HBONE'}],"
                + " 'outbound': [{'src': '10.0.0.1:999', 'originalDst': 'OUT', 'actualDst':"
                + " '10.0.0.9:15008', 'protocol': 'TCP'}]}}}}";

    static Stream<Arguments> addresses() {
        return Stream.of(
                argumentSet("first VIP of a service", "10.96.0.1:80", "s.example:80"),
                argumentSet("not its second", "10.96.0.2:80", "10.96.0.2:80"),
                argumentSet("IPv6, whatever its network", "[fd00:96::1]:80", "six.example:80"),
                argumentSet("first address of a workload", "10.0.0.1:80", "w.n:80"),
                argumentSet("not its second", "10.0.0.2:80", "10.0.0.2:80"),
                argumentSet("nobody's", "10.0.0.7:80", "10.0.0.7:80"),
                argumentSet("IPv6 without brackets has no port", "fd00:96::1", "fd00:96::1"),
                argumentSet("no port", "10.96.0.1", "10.96.0.1"),
                argumentSet("no address", "", ""));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void addressesOfConnectionsAreShownByName(String address, String shown) throws IOException {
        String dump = CONNECTED.replace("IN", address).replace("OUT", address);

        assertThat(rows(CONNECTIONS, dump))
                .containsExactly(
                        ("w.n Inbound w.n:80 " + shown + " 10.96.0.1:80 HBONE").replace("  ", " "),
                        ("w.n Outbound w.n:999 10.0.0.9:15008 " + shown + " TCP")
                                .replace("  ", " "));
        assertThat(rows(connections("", "", true), dump))
                .containsExactly(
                        ("w.n Inbound 10.0.0.1:80 " + address + " 10.96.0.1:80 HBONE")
                                .replace("  ", " "),
                        ("w.n Outbound 10.0.0.1:999 10.0.0.9:15008 " + address + " TCP")
                                .replace("  ", " "));
    }

    private static String pods(String... names) {
        return Stream.of(names)
                .map(ConfigTablesTest::pod)
                .collect(Collectors.joining(", ", "{'workloadState': {", "}}"));
    }

    /**
     * @param name {@code namespace/name}
     */
    private static String pod(String name) {
        int slash = name.indexOf('/');
        return "'uid-%s': {'info': {'name': '%s', 'namespace': '%s'}, 'connections': {'inbound': [%s], 'outbound': [%s]}}"
                .formatted(
                        name,
                        name.substring(slash + 1),
                        name.substring(0, slash),
                        "{'src': '2'}, {'src': '1'}",
                        "{'src': '3'}");
    }

    @Test
    void podsAreSortedByNamespaceAndNameAndTheirConnectionsAreNot() throws IOException {
        assertThat(rows(connections("", "", true), pods("b/a", "a/b", "a/a")))
                .containsExactly(
                        "a.a Inbound 2",
                        "a.a Inbound 1",
                        "a.a Outbound 3",
                        "b.a Inbound 2",
                        "b.a Inbound 1",
                        "b.a Outbound 3",
                        "a.b Inbound 2",
                        "a.b Inbound 1",
                        "a.b Outbound 3");
    }

    @Test
    void connectionsAreFilteredByPodAndDirection() throws IOException {
        String dump = pods("n/web", "n/db", "N/web");

        assertThat(rows(connections("WEB", "n", true), dump)).hasSize(3);
        assertThat(rows(connections("", "n", true), dump)).hasSize(6);
        assertThat(rows(connections("web", "", true), dump)).hasSize(6);
        View inbound = new ConnectionView(PodName.ANY, ConnectionView.Direction.INBOUND, true);
        assertThat(rows(inbound, dump)).hasSize(6).noneMatch(row -> row.contains("Outbound"));
        View outbound = new ConnectionView(PodName.ANY, ConnectionView.Direction.OUTBOUND, true);
        assertThat(rows(outbound, dump)).hasSize(3).noneMatch(row -> row.contains("Inbound"));
    }

    @Test
    void podThatIsPendingHasNoConnections() throws IOException {
        assertThat(
                        rows(
                                CONNECTIONS,
                                "{'workloadState': {'u': {'state': 'Pending', 'info': {'name':"
                                        + " 'a'}}, 'v': {'connections': {'inbound': null}}}}"))
                .isEmpty();
    }

    @Test
    void columnsAreAsWideAsTheirLongestCellAndTheLastIsNotPadded() throws IOException {
        Table table = new Table(1, "A", "LONG HEADER", "C");
        table.row("wide cell", "é", "y");
        table.row("", "", "");
        StringWriter out = new StringWriter();
        table.writeTo(out);

        assertThat(out.toString().lines())
                .containsExactly(
                        "A         LONG HEADER C", "wide cell é           y", " ".repeat(22));
    }
}
