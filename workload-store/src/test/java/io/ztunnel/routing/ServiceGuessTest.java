package io.ztunnel.routing;

import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The service that a client meant")
class ServiceGuessTest {
    private final TestMesh mesh =
            new TestMesh()
                    .with(
                            workload("local", "10.0.0.2")
                                    .serves("first")
                                    .serves("second")
                                    .serves("named", 80, 9999))
                    .with(
                            service("first").port(80, 8080),
                            service("second").port(81, 8080).port(82, 8082),
                            service("named").port(80, 0),
                            service("stranger").port(80, 7777));

    @ParameterizedTest(name = "port {0}, forwarded host {1} -> {2}")
    @CsvSource({
        "8080, second.default.svc.cluster.local, second",
        "8080, , first",
        "8080, unknown.example, first",
        "8082, , second",
        "9999, , named",
        "7777, , ",
        "7777, stranger.default.svc.cluster.local, ",
        "1, first.default.svc.cluster.local, first"
    })
    @DisplayName("is the one forwarded, else the first that leads to the port")
    void guess(int port, @Nullable String forwarded, @Nullable String expected) {
        Workload local = mesh.workloadNamed("local");

        Service guess = ServiceGuess.guess(mesh, mesh.servicesOf(local), local, port, forwarded);

        assertThat(guess).isEqualTo(expected == null ? null : mesh.serviceNamed(expected));
    }
}
