package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DumpTablesTest {
    private static final Path GOLDEN = Path.of("../../shared/golden").toAbsolutePath().normalize();
    private static final DumpTables.WorkloadFilter ALL =
            new DumpTables.WorkloadFilter(null, null, null, null);

    private static DumpTables tables(String json) throws IOException {
        return new DumpTables(Dump.parse(json));
    }

    @Test
    void columnsAreAsWideAsTheirLongestCellAndTheLastIsNotPadded() {
        Table table = new Table("A", "LONG HEADER", "C");
        table.row("wide cell", "x", "y");

        assertThat(table.toString())
                .isEqualTo("A         LONG HEADER C\nwide cell x           y\n");
    }

    @Test
    void aWaypointIsShownByTheNameOfItsServiceHoweverItIsReferenced() throws IOException {
        String json =
                """
                {"services": [
                  {"name": "wp", "namespace": "infra", "hostname": "wp.infra.svc.cluster.local",
                   "vips": ["/10.0.0.9", "net2/10.9.9.9"], "endpoints": {}},
                  {"name": "by-name", "namespace": "a", "hostname": "n",
                   "waypoint": {"destination": "infra/wp.infra.svc.cluster.local"}},
                  {"name": "by-vip", "namespace": "a", "hostname": "v", "vips": [],
                   "waypoint": {"destination": "/10.0.0.9", "hboneMtlsPort": 15008}},
                  {"name": "lost", "namespace": "a", "hostname": "l",
                   "waypoint": {"destination": "a/gone"}},
                  {"name": "free", "namespace": "a", "hostname": "f", "waypoint": null}]}
                """;

        assertThat(tables(json).services(null))
                .isEqualTo(
                        """
                        NAMESPACE SERVICE NAME SERVICE VIP       WAYPOINT ENDPOINTS
                        a         by-name                        wp       0/0
                        a         by-vip                         wp       0/0
                        a         free                           None     0/0
                        a         lost                           NA       0/0
                        infra     wp           10.0.0.9,10.9.9.9 None     0/0
                        """);
    }

    @Test
    void endpointsCountAsHealthyByTheirWorkloadsStatus() throws IOException {
        String json =
                """
                {"workloads": {"u1": {"uid": "u1", "status": "Healthy"},
                               "u2": {"uid": "u2", "status": "Unhealthy"}},
                 "services": [{"name": "s", "namespace": "n", "hostname": "h", "endpoints": {
                   "u1": {"workloadUid": "u1"}, "u2": {"workloadUid": "u2"},
                   "u3": {"workloadUid": "u3"}}}]}
                """;

        assertThat(tables(json).services("N")).endsWith("None     1/3\n");
        assertThat(tables(json).services("other")).hasLineCount(1);
    }

    @Test
    void workloadsAreSortedByNamespaceAndNameAndFilteredByAddress() throws IOException {
        String json =
                """
                {"workloads": [
                  {"uid": "2", "name": "b", "namespace": "n", "workloadIps": ["10.0.0.2", "fd00::2"],
                   "node": "k2", "protocol": "HBONE"},
                  {"uid": "1", "name": "a", "namespace": "n", "workloadIps": [], "hostname": "a.example",
                   "protocol": "TCP"}]}
                """;

        assertThat(tables(json).workloads(ALL))
                .isEqualTo(
                        """
                        NAMESPACE POD NAME ADDRESS          NODE WAYPOINT PROTOCOL
                        n         a        a.example             None     TCP
                        n         b        10.0.0.2,fd00::2 k2   None     HBONE
                        """);
        assertThat(
                        tables(json)
                                .workloads(
                                        new DumpTables.WorkloadFilter(null, null, "FD00::2", null)))
                .contains("HBONE")
                .doesNotContain("a.example");
    }

    @Test
    void theReferencesDumpGivesTheReferencesTables() throws IOException {
        assumeTrue(Files.isDirectory(GOLDEN), "golden data beside the checkout");
        DumpTables tables = tables(Files.readString(GOLDEN.resolve("config_dump.json")));

        assertThat(tables.services(null))
                .isEqualTo(Files.readString(GOLDEN.resolve("istioctl/services.txt")));
        assertThat(tables.workloads(ALL))
                .isEqualTo(Files.readString(GOLDEN.resolve("istioctl/workloads.txt")));
    }
}
