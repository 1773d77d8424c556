package io.ztunnel.sandbox.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.Executables;
import io.ztunnel.sandbox.conformance.scenario.Family;
import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.supervisor.Preconditions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The fast scenarios of the suite against this build; the command runs all of them. */
class ConformanceIT {
    private static final Path ZTUNNEL =
            Path.of(System.getProperty("sandbox.dist", "../dist"), "bin", "ztunnel")
                    .toAbsolutePath()
                    .normalize();

    private final List<AutoCloseable> meshes = new ArrayList<>();

    @TestFactory
    Stream<DynamicTest> ipv4() throws IOException {
        return scenarios(Family.IPV4);
    }

    @TestFactory
    Stream<DynamicTest> ipv6() throws IOException {
        return scenarios(Family.IPV6);
    }

    @TestFactory
    Stream<DynamicTest> dual() throws IOException {
        return scenarios(Family.DUAL);
    }

    @AfterEach
    void down() throws Exception {
        for (AutoCloseable mesh : meshes) {
            mesh.close();
        }
    }

    private Stream<DynamicTest> scenarios(Family family) throws IOException {
        try {
            Preconditions.checkPrivileges();
        } catch (IOException notRoot) {
            assumeTrue(false, notRoot.getMessage());
        }
        Suite suite = Suite.load();
        Executables programs = new Executables(ZTUNNEL, Map.of(), Optional.empty());
        List<DynamicTest> tests = new ArrayList<>();
        for (Suite.Group group : suite.groups(List.of(family), Scenario::fast)) {
            List<String> implementations = programs.implementations(group.mesh().nodes());
            ConformanceMesh mesh =
                    ConformanceMesh.up(group.mesh(), family, programs, SandboxIds.next());
            meshes.add(mesh);
            for (Scenario scenario : group.scenarios()) {
                tests.add(
                        DynamicTest.dynamicTest(
                                family.text() + ": " + scenario.name(),
                                () -> {
                                    Result result = suite.run(scenario, mesh, implementations);
                                    assertThat(result.verdict())
                                            .as(result.reason())
                                            .isNotEqualTo(Result.Verdict.FAILED);
                                }));
            }
        }
        return tests.stream();
    }
}
