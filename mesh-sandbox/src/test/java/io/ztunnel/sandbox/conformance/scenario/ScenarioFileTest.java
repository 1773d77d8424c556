package io.ztunnel.sandbox.conformance.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;

class ScenarioFileTest {
    private static final MeshSpec MESH =
            ScenarioFile.mesh(
                    "mesh.yaml",
                    """
                    nodes: [node1]
                    vips: [web]
                    environment: {A: base, B: base}
                    pods:
                      - {name: client, node: node1, captured: true}
                    """);

    private static ScenarioFile read(String text) {
        return ScenarioFile.read("topic.yaml", text, MESH);
    }

    @Test
    void aScenarioIsReadAsItIsWritten() {
        ScenarioFile file =
                read(
                        """
                        scenarios:
                          - name: bytes pass
                            rules: [01-2.2-6, 01-2.2.1-3]
                            families: [ipv4, dual]
                            fast: true
                            steps:
                              - listen: {as: app, in: server, does: echo-twice}
                              - connect: {as: c, from: client, to: "$(server):8080"}
                              - expect: {on: c, end: rst, code: CANCEL, within: 2s}
                              - finish: c
                        """);
        assertThat(file.shared()).isTrue();
        Scenario scenario = file.scenarios().getFirst();
        assertThat(scenario.name()).isEqualTo("bytes pass");
        assertThat(scenario.sections()).containsExactly("01 §2.2", "01 §2.2.1");
        assertThat(scenario.families()).containsExactlyInAnyOrder(Family.IPV4, Family.DUAL);
        assertThat(scenario.fast()).isTrue();
        assertThat(scenario.steps())
                .containsExactly(
                        new Step.Placed(
                                new Step.Listen("app", "server", 8080, Behaviour.ECHO_TWICE, ""),
                                7),
                        new Step.Placed(
                                new Step.Connect("c", "client", "$(server):8080", false, 0), 8),
                        new Step.Placed(
                                new Step.Ended(
                                        "c", Step.End.RST, "CANCEL", false, Duration.ofSeconds(2)),
                                9),
                        new Step.Placed(new Step.Finish("c"), 10));
    }

    @Test
    void stepsForManyConnectionsHaveDefaults() {
        assertThat(
                        read("""
                        scenarios:
                          - name: many
                            rules: [01-1-1]
                            steps:
                              - load: {as: l, from: client, to: a, rate: 200}
                              - roll: {node: node1, as: new, in: pod}
                              - unload: {on: l, made: 9}
                              - churn: {from: client, to: a, count: 5, within: 1s}
                              - idle: {from: a, to: b, count: 2, stay: 1s, most: 3}
                              - descriptors: {node: node1, more: 8}
                              - try: {abort: c}
                        """)
                                .scenarios()
                                .getFirst()
                                .steps())
                .extracting(Step.Placed::step)
                .containsExactly(
                        new Step.Load("l", "client", "a", 200, 100),
                        new Step.Roll("node1", "new", "pod"),
                        new Step.Unload("l", 9),
                        new Step.Churn("client", "a", 5, 32, 100, Duration.ofSeconds(1)),
                        new Step.Idle("a", "b", 2, Duration.ofSeconds(1), 3),
                        new Step.Descriptors("node1", 8, Duration.ofSeconds(10)),
                        new Step.Try(new Step.Abort("c")));
    }

    @Test
    void aQuestionForANameServerIsReadWithWhatItLeavesOut() {
        ScenarioFile file =
                read(
                        with(
                                "- dns: {from: client, query: web., tcp: true, answers: [web. A"
                                        + " 1.2.3.4]}"));
        assertThat(file.scenarios().getFirst().steps().getFirst().step())
                .isEqualTo(
                        new Step.Dns(
                                "client",
                                "web.",
                                "A",
                                true,
                                0,
                                "NoError",
                                "",
                                List.of("web. A 1.2.3.4"),
                                -1,
                                Duration.ofSeconds(10)));
    }

    @Test
    void withoutFamiliesAScenarioRunsInAll() {
        assertThat(read(with("- finish: c")).scenarios().getFirst().families())
                .containsExactlyInAnyOrder(Family.values());
    }

    @Test
    void aFileMayChangeTheMesh() {
        ScenarioFile file =
                read(
                        """
                        mesh:
                          environment: {B: own}
                          dedicated: {node1: more}
                          pods: [{name: client, node: node1}, {name: more, node: node1}]
                        """
                                + with("- finish: c"));
        assertThat(file.shared()).isFalse();
        assertThat(file.mesh().environment()).isEqualTo(Map.of("A", "base", "B", "own"));
        assertThat(file.mesh().dedicated()).isEqualTo(Map.of("node1", "more"));
        assertThat(file.mesh().pods())
                .extracting(MeshSpec.PodSpec::name, MeshSpec.PodSpec::captured)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("client", false),
                        org.assertj.core.groups.Tuple.tuple("more", false));
    }

    private static String with(String step) {
        return "scenarios:\n  - name: one\n    rules: [01-1-1]\n    steps:\n      " + step + "\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    - connect: {as: c, frmo: a, to: b}          | topic.yaml:5: scenarios[0].steps[0].connect: field from is missing
                    - connect: {as: c, from: a, to: b, x: 1}    | topic.yaml:5: scenarios[0].steps[0].connect.x: unknown field; known here: as, from, to, refused, count
                    - conect: {as: c}                           | topic.yaml:5: scenarios[0].steps[0].conect: there is no such step
                    - {finish: c, close: c}                     | topic.yaml:5: scenarios[0].steps[0]: a step has one field, not [finish, close]
                    - send: {on: c}                             | topic.yaml:5: scenarios[0].steps[0].send: expected exactly one of text, hex, bytes
                    - send: {on: c, bytes: many}                | topic.yaml:5: scenarios[0].steps[0].send.bytes: expected a whole number up to 2147483647, not 'many'
                    - listen: {as: a, in: b, does: sing}        | topic.yaml:5: scenarios[0].steps[0].listen.does: 'sing' is not one of echo, echo-twice, hold, close, reset, stall, proxy, forward
                    - expect: {on: c, text: a, within: soon}    | topic.yaml:5: scenarios[0].steps[0].expect.within: expected a duration such as 300ms or 5s, not 'soon'
                    - publish: [{pod: a}]                       | topic.yaml:5: scenarios[0].steps[0].publish[0].pod: is not one of workload, service, authorization
                    - publish: [{service: {nmae: a}}]           | topic.yaml:5: scenarios[0].steps[0].publish[0].service.nmae: unknown field: istio.workload.Service has none
                    - finish: {on: c}                           | topic.yaml:5: scenarios[0].steps[0].finish: expected a text or a number
                    """)
    void aStepThatCannotBeReadIsNamedWithItsLine(String step, String message) {
        assertThatThrownBy(() -> read(with(step)))
                .isInstanceOf(BadScenarioException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsWrongWithAScenarioIsNamedWithItsLine() {
        for (var row :
                List.of(
                        List.of(
                                "scenarios:\n  - name: a\n    rules: [2.2]\n    steps: []\n",
                                "topic.yaml:3: scenarios[0].rules[0]: expected an id such as"
                                        + " 01-3.2-4, not '2.2'"),
                        List.of(
                                "scenarios:\n  - name: a\n    rules: []\n    steps: []\n",
                                "topic.yaml:2: scenarios[0]: a scenario is about a rule at least"),
                        List.of(
                                with("- finish: c")
                                        + "  - name: one\n    rules: [01-1-1]\n    steps: []\n",
                                "topic.yaml:6: scenarios[1]: there is another scenario 'one'"),
                        List.of("a: [", "topic.yaml:1: not YAML: expected the node content"),
                        List.of("", "topic.yaml:1: is empty"))) {
            assertThatThrownBy(() -> read(row.getFirst()))
                    .isInstanceOf(BadScenarioException.class)
                    .message()
                    .startsWith(row.getLast());
        }
    }

    @Test
    void aPodOnAnUnknownNodeIsRefused() {
        assertThatThrownBy(
                        () ->
                                ScenarioFile.mesh(
                                        "mesh.yaml", "nodes: [a]\npods: [{name: p, node: b}]\n"))
                .hasMessage("mesh.yaml:1: pod p is on unknown node b");
    }
}
