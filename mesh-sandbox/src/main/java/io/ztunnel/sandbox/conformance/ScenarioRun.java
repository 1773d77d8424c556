package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs one scenario in a mesh and leaves the mesh as it was. */
final class ScenarioRun {
    private static final Duration END_LIMIT = Duration.ofSeconds(25);

    /**
     * @param failure empty when everything is as expected
     * @param notes what was measured, for people
     */
    record Outcome(Optional<String> failure, List<String> notes) {}

    private ScenarioRun() {}

    /**
     * Runs it to its end, or to the first thing that is not as expected.
     *
     * @throws IOException when the mesh itself cannot be used any more
     */
    static Outcome run(Scenario scenario, ConformanceMesh mesh) throws IOException {
        Stage stage = new Stage(mesh);
        Publication publication = new Publication(mesh, stage);
        Observations observations = new Observations(mesh, stage);
        StepRunner runner = new StepRunner(mesh, stage, observations, publication);
        Optional<String> failure;
        try {
            publication.add(scenario.resources());
            failure = steps(scenario, runner);
        } finally {
            stage.close();
        }
        mesh.recover();
        Optional<String> atEnd = end(observations);
        List<String> crashes = mesh.crashes();
        if (!crashes.isEmpty()) {
            failure =
                    Optional.of(String.join(", ", crashes) + failure.map(f -> "; " + f).orElse(""));
        }
        return new Outcome(failure.or(() -> atEnd), runner.notes());
    }

    private static Optional<String> steps(Scenario scenario, StepRunner runner) {
        for (Step.Placed placed : scenario.steps()) {
            try {
                runner.run(placed.step());
            } catch (FailedException | IOException | IllegalArgumentException failed) {
                String reason =
                        FailedException.flat(
                                Optional.ofNullable(failed.getMessage()).orElse("" + failed));
                return Optional.of(scenario.file() + ":" + placed.line() + ": " + reason);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> end(Observations observations) throws IOException {
        try {
            observations.checkAllClosed(END_LIMIT);
            return Optional.empty();
        } catch (FailedException open) {
            return Optional.ofNullable(open.getMessage());
        }
    }
}
