package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** What is read of a dump and what is refused, with a message that is one line. */
class DumpTest {
    private static Dump read(String text) throws IOException {
        return Dump.read(ConfigRun.stream(text.replace('\'', '"')), EnumSet.allOf(Section.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {'workloads': 1}                                          | /workloads      | an array         | a number
                    {'workloads': [{}, {'workloadIps': '10.0.0.1'}]}          | /workloads/1/workloadIps | an array | a string
                    {'workloads': [{'workloadIps': [7]}]}                     | /workloads/0/workloadIps/0 | a string | a number
                    {'workloads': [{'waypoint': 'wp'}]}                       | /workloads/0/waypoint | an object | a string
                    {'workloads': [{'networkGateway': {'destination': 1}}]}   | /workloads/0/networkGateway/destination | a string | a number
                    {'workloads': [{'capacity': -1}]}                         | /workloads/0/capacity | a whole number from 0 to 4294967295 | a number
                    {'workloads': [{'capacity': 4294967296}]}                 | /workloads/0/capacity | a whole number from 0 to 4294967295 | a number
                    {'workloads': [{'capacity': 1.5}]}                        | /workloads/0/capacity | a whole number from 0 to 4294967295 | a number
                    {'workloads': [{'locality': {'region': 1}}]}              | /workloads/0/locality/region | a string | a number
                    {'workloads': [{'applicationTunnel': {'port': 65536}}]}   | /workloads/0/applicationTunnel/port | a whole number from 0 to 65535 | a number
                    {'workloads': {'u': {'name': ['a']}}}                     | /workloads/u/name | a string | an array
                    {'services': [{'vips': {}}]}                              | /services/0/vips | an array | an object
                    {'services': [{'cidrVips': ['no slash']}]}                | /services/0/cidrVips/0 | network/cidr | a string
                    {'services': [{'cidrVips': [5]}]}                         | /services/0/cidrVips/0 | network/cidr or an object of these | a number
                    {'services': [{'ports': {'80': '80'}}]}                   | /services/0/ports/80 | a whole number | a string
                    {'services': [{'endpoints': {'u': {'port': {'80': -1}}}}]} | /services/0/endpoints/u/port/80 | a whole number from 0 to 65535 | a number
                    {'services': [{'endpoints': {'u': {'port': {'http': 80}}}}]} | /services/0/endpoints/u/port | ports from 0 to 65535 as keys | an object
                    {'services': [{'endpoints': {'u': {'port': {'65536': 80}}}}]} | /services/0/endpoints/u/port | ports from 0 to 65535 as keys | an object
                    {'services': [{'endpoints': []}]}                         | /services/0/endpoints | an object | an array
                    {'services': [{'canonical': 'yes'}]}                      | /services/0/canonical | a boolean | a string
                    {'services': [{'loadBalancer': []}]}                      | /services/0/loadBalancer | an object | an array
                    {'policies': [{'rules': [{}]}]}                           | /policies/0/rules/0 | an array | an object
                    {'policies': [{'rules': [[[{'sourceIps': [1]}]]]}]}       | /policies/0/rules/0/0/0/sourceIps/0 | a string | a number
                    {'policies': [{'rules': [[[{'destinationPorts': [70000]}]]]}]} | /policies/0/rules/0/0/0/destinationPorts/0 | a whole number from 0 to 65535 | a number
                    {'policies': [{'rules': [[[{'principals': ['a']}]]]}]}    | /policies/0/rules/0/0/0/principals/0 | an object | a string
                    {'certificates': [{'certChain': [{'serialNumber': 5}]}]}  | /certificates/0/certChain/0/serialNumber | a string | a number
                    {'workloadState': []}                                     | /workloadState | an object | an array
                    {'workloadState': {'u': {'connections': {'inbound': {}}}}} | /workloadState/u/connections/inbound | an array | an object
                    {'workloadState': {'u': {'connections': {'inbound': [{'src': true}]}}}} | /workloadState/u/connections/inbound/0/src | a string | a boolean
                    []                                                        | the dump | an object | an array
                    'a text'                                                  | the dump | an object | a string
                    null                                                      | the dump | an object | null
                    """)
    void wrongKindOfValueIsNamedWithItsPlace(
            String dump, String path, String expected, String found) {
        assertThatThrownBy(() -> read(dump))
                .isInstanceOf(DumpException.class)
                .hasMessageStartingWith(path + " (line 1, column ")
                .hasMessageContaining(": expected " + expected)
                .hasMessageEndingWith(", found " + found);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'workloads': null, 'services': null, 'policies': null, 'certificates': null}",
                "{'workloads': [{'uid': null, 'workloadIps': [null], 'locality': null}]}",
                "{'services': [{'vips': null, 'ports': {'a': null}, 'endpoints': {'u': null}}]}",
                "{'policies': [{'rules': [[[null]], null, [null]]}, {'rules': null}]}",
                "{'policies': [{'rules': [[[{'principals': [null, {'Presence': 7}]}]]]}]}",
                "{'certificates': [{'certChain': [null], 'rootCerts': null}]}",
                "{'workloadState': {'u': null, 'v': {'info': null, 'connections': null}}}"
            })
    void nullIsFineWhereIstioctlTakesIt(String dump) throws IOException {
        assertThat(read(dump)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {'workloads': [{'name': 'a'   | the dump ends too early (line 1
                    {'workloads': [{'name': 'a    | the dump ends too early
                    {'workloads'                  | the dump ends too early
                    ''                            | the dump is empty
                    <html><body>502               | this is no JSON (line 1
                    {'workloads': [}              | this is no JSON (line 1
                    {'a': nul}                    | this is no JSON (line 1
                    {} {}                         | something follows the dump (line 1
                    {}]                           | this is no JSON (line 1
                    """)
    void whatIsNotWholeIsRefused(String text, String message) {
        assertThatThrownBy(() -> read(text.equals("''") ? "" : text))
                .isInstanceOf(DumpException.class)
                .hasMessageStartingWith(message)
                .hasMessageMatching("[^\\n]+");
    }

    @Test
    void everyBeginningOfADumpIsRefused() throws IOException {
        String dump = ConfigRun.text("mesh.json").strip();
        for (int end = 0; end < dump.length(); end++) {
            String beginning = dump.substring(0, end);
            assertThatThrownBy(() -> read(beginning))
                    .isInstanceOf(DumpException.class)
                    .hasMessageMatching("[^\\n]+");
        }
    }

    @Test
    void nestingHasABound() {
        assertThatThrownBy(() -> read("{'new': " + "[".repeat(100_000)))
                .isInstanceOf(DumpException.class)
                .hasMessageStartingWith("the dump is refused")
                .hasMessageMatching("[^\\n]+");
        assertThatThrownBy(() -> Dump.readAll(ConfigRun.stream("{\"new\": " + "[".repeat(100_000))))
                .isInstanceOf(DumpException.class);
    }

    @Test
    void whatIsNotUtf8IsReplaced() throws IOException {
        byte[] bytes = "{\"workloads\": [{\"name\": \"?(\"}]}".getBytes(StandardCharsets.US_ASCII);
        bytes[new String(bytes, StandardCharsets.US_ASCII).indexOf('?')] = (byte) 0xC3;
        Dump dump = Dump.read(new ByteArrayInputStream(bytes), Set.of(Section.WORKLOADS));

        assertThat(dump.entries(Section.WORKLOADS).getFirst().text("name")).isEqualTo("\ufffd(");
    }

    @Test
    void sectionsThatAreNotWantedAreNotKept() throws IOException {
        Dump dump =
                Dump.read(
                        ConfigRun.stream("{\"workloads\": 7, \"services\": [{}]}"),
                        Set.of(Section.SERVICES));

        assertThat(dump.entries(Section.SERVICES)).hasSize(1);
        assertThat(dump.value(Section.WORKLOADS)).isNull();
        assertThat(dump.isRecognized()).isTrue();
    }

    @Test
    void lastOfEqualKeysCounts() throws IOException {
        Dump dump =
                read(
                        "{'workloads': [{'name': 'a', 'name': 'b'}], 'services': [{'ports': {'1':"
                                + " 1, '1': 2}}]}");

        assertThat(dump.entries(Section.WORKLOADS).getFirst().text("name")).isEqualTo("b");
        JsonObject ports = dump.entries(Section.SERVICES).getFirst().object("ports");
        assertThat(ports).isNotNull();
        assertThat(ports.value(0)).isEqualTo(2L);
    }
}
