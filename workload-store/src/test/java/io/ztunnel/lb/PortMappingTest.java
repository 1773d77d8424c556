package io.ztunnel.lb;

import static io.ztunnel.routing.TestService.service;
import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.routing.TestService;
import io.ztunnel.routing.TestWorkload;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;
import io.ztunnel.store.Workload.Health;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

@DisplayName("The port of an endpoint")
class PortMappingTest {
    @ParameterizedTest(name = "{0}: service 80={1}, endpoint 80={2}, tunnel port {3} -> {4}")
    @CsvSource({
        "STANDARD, 8080, 9090, , 9090",
        "STANDARD, 8080, , , 8080",
        "STANDARD, 0, 9090, , 9090",
        "STANDARD, 0, , , -1",
        "STANDARD, 0, 0, , -1",
        "STANDARD, 8080, 0, , 8080",
        "STANDARD, , 9090, , -1",
        "STANDARD, , 9090, 15088, -1",
        "STANDARD, 0, , 15088, -1",
        "WAYPOINT, 8080, 9090, 15088, 9090",
        "WAYPOINT, 8080, , 15088, 8080",
        "WAYPOINT, , , 15088, 80",
        "WAYPOINT, 0, , 15088, 80",
        "WAYPOINT, , , 0, -1",
        "WAYPOINT, , 9090, 0, 9090",
        "WAYPOINT, , 9090, , -1",
        "WAYPOINT, 0, , , -1",
        "WAYPOINT, 0, 9090, , 9090"
    })
    @DisplayName("is the endpoint's, else the service's, else any for a waypoint's tunnel")
    void target(
            Purpose purpose,
            @Nullable Integer ofService,
            @Nullable Integer ofEndpoint,
            @Nullable Integer tunnelPort,
            int expected) {
        TestService service = service("web");
        if (ofService != null) {
            service.port(80, ofService);
        }
        TestWorkload workload = workload("w");
        if (tunnelPort != null) {
            workload.tunnel(TunnelProtocol.PROXY, tunnelPort);
        }
        PortMap ports = ofEndpoint == null ? PortMap.EMPTY : PortMap.of(Map.of(80, ofEndpoint));

        assertThat(
                        PortMapping.target(
                                service.build(),
                                new Endpoint("w", ports, Health.HEALTHY),
                                workload.build(),
                                80,
                                purpose))
                .isEqualTo(expected);
    }
}
