package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.conformance.scenario.Step;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class SuiteTest {
    private static final List<String> OTHER_FILES =
            List.of("mesh.yaml", "suite.yaml", "differences.yaml", "rules.yaml", "checklist.yaml");

    @Test
    void everyFileOfTheFolderIsPartOfTheSuite() throws Exception {
        List<String> used =
                Suite.load().scenarios().stream().map(Scenario::file).distinct().toList();
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/conformance"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .allMatch(file -> used.contains(file) || OTHER_FILES.contains(file));
        }
    }

    @Test
    void everyScenarioExpectsSomething() throws Exception {
        assertThat(Suite.load().scenarios())
                .allSatisfy(
                        scenario ->
                                assertThat(scenario.steps())
                                        .as(scenario.name())
                                        .anyMatch(placed -> isExpectation(placed.step())));
    }

    private static boolean isExpectation(Step step) {
        return switch (step) {
            case Step.Receive _,
                    Step.Line _,
                    Step.From _,
                    Step.Ended _,
                    Step.Head _,
                    Step.Log _,
                    Step.Metric _,
                    Step.Admin _,
                    Step.Http _,
                    Step.Dns _,
                    Step.Exchange _,
                    Step.Connections _,
                    Step.Identity _,
                    Step.Unload _,
                    Step.Churn _,
                    Step.Idle _,
                    Step.Descriptors _,
                    Step.Accept _ ->
                    true;
            default -> false;
        };
    }

    @Test
    void filesThatUseTheSameMeshAreRunInOne() throws Exception {
        List<Suite.Group> groups =
                Suite.load().groups(List.of(Family.IPV4, Family.IPV6), Scenario::fast);
        assertThat(groups).extracting(Suite.Group::family).containsSequence(Family.IPV6);
        assertThat(groups.getFirst().scenarios())
                .extracting(Scenario::file)
                .contains("outbound.yaml", "inbound.yaml");
    }

    @Test
    void closeOrdersCoverBothSidesOfEveryTopology() throws Exception {
        List<String> names =
                Suite.load().scenarios().stream()
                        .filter(scenario -> scenario.file().equals(CloseOrders.FILE))
                        .map(Scenario::name)
                        .toList();
        assertThat(names)
                .hasSize(22)
                .contains(
                        "close orders of client and server, RST first",
                        "close orders of raw server and client, RST_STREAM(CANCEL) first",
                        "close orders of server and raw client, FIN first");
    }
}
