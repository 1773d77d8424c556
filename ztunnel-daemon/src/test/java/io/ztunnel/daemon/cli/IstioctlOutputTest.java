package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/**
 * What istioctl itself printed from the dump of a small mesh of two networks that has one of
 * everything, and from an empty dump, at noon of 2030-01-01.
 */
class IstioctlOutputTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    workloads    | workloads
                    services     | services
                    policies     | policies
                    connections  | connections
                    all          | all
                    """)
    void everyFormatIsIstioctls(String command, String name) throws Exception {
        String mesh = ConfigRun.resource("mesh.json").toString();
        for (Map.Entry<String, String> format :
                Map.of("short", "txt", "json", "json", "yaml", "yaml").entrySet()) {
            if (command.equals("all") && !format.getKey().equals("yaml")) {
                continue; // the clock matters, or it is the dump itself: below
            }
            ConfigRun run = ConfigRun.of(command, "-f", mesh, "-o", format.getKey());
            assertThat(run.error()).isEmpty();
            assertThat(run.output())
                    .isEqualTo(ConfigRun.text("istioctl/" + name + "." + format.getValue()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    workloads --workload-namespace SHOP            | workloads-namespace.txt
                    workloads --address FD00:9::4                  | workloads-address.txt
                    workloads --workload-node N2 -o json           | workloads-node.json
                    workloads CART-0.shop                          | workloads-pod.txt
                    workloads pod/cart-0 --workload-namespace shop | workloads-pod.txt
                    services --service-namespace INFRA             | services-namespace.txt
                    services --service-namespace nowhere -o json   | services-nowhere.json
                    policies --policy-namespace Shop -o yaml       | policies-namespace.yaml
                    connections --workload-namespace shop --direction outbound --raw | connections-raw.txt
                    connections --direction inbound                | connections-inbound.txt
                    connections WEB-0.shop                         | connections-pod.txt
                    connections web-0.shop -o json                 | connections-pod.json
                    connections --workload-namespace SHOP          | connections-other-case.txt
                    certificates -o json                           | certificates.json
                    certificates -o yaml                           | certificates.yaml
                    """)
    void filtersAreIstioctls(String line, String expected) throws Exception {
        ConfigRun run =
                ConfigRun.of((line + " --file " + ConfigRun.resource("mesh.json")).split("\\s+"));

        assertThat(run.error()).isEmpty();
        assertThat(run.output()).isEqualTo(ConfigRun.text("istioctl/" + expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"workloads", "services", "policies", "certificates", "connections"})
    void whatIsNotThereIsPrintedAsNothing(String command) throws Exception {
        for (String format : new String[] {"json", "yaml"}) {
            ConfigRun run = ConfigRun.reading("{}", command, "-f", "-", "-o", format);
            assertThat(run.output())
                    .isEqualTo(ConfigRun.text("istioctl/empty-" + command + "." + format));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "mesh.json, false, istioctl/all.txt",
        "mesh.json, true, istioctl/all-with-headers.txt",
        "empty.json, false, istioctl/empty-all.txt"
    })
    void allTablesFollowEachOther(String dump, boolean titles, String expected) throws IOException {
        Map<String, View> views = WholeDump.views(ConfigRun.NOON);
        StringWriter out = new StringWriter();
        WholeDump.tables(
                Dump.read(
                        ConfigRun.stream(ConfigRun.text(dump)),
                        Set.copyOf(WholeDump.sections(views))),
                views,
                titles,
                out);

        assertThat(out.toString()).isEqualTo(ConfigRun.text(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mesh.json", "empty.json"})
    void allAsJsonIsTheDumpItself(String dump) throws Exception {
        ConfigRun run =
                ConfigRun.of("all", "-o", "json", "-f", ConfigRun.resource(dump).toString());

        assertThat(run.output()).isEqualTo(ConfigRun.text(dump) + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": \"\\u00e9é€😀\"}", "{ }", "{\"n\": 1e3,\r\n \"m\": 1.50}"})
    void allAsJsonChangesNoByte(String text) throws IOException {
        StringWriter out = new StringWriter();
        WholeDump.json(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), out);

        assertThat(out.toString()).isEqualTo(text + "\n");
    }
}
