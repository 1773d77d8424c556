package io.ztunnel.lb;

import static io.ztunnel.routing.TestWorkload.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service.IpFamilies;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The address of an endpoint")
class DestinationIpTest {
    @ParameterizedTest(name = "of [{0}], dialled {1}, {2}: {3}")
    @CsvSource({
        "10.0.0.2 10.0.0.3 fd00::2, 10.0.0.3, AUTOMATIC, 10.0.0.3",
        "10.0.0.2 10.0.0.3 fd00::2, 10.0.0.3, IPV6_ONLY, 10.0.0.3",
        "10.0.0.2 10.0.0.3 fd00::2, 10.1.0.1, AUTOMATIC, 10.0.0.2",
        "10.0.0.2 10.0.0.3 fd00::2, fd01::1, AUTOMATIC, fd00::2",
        "10.0.0.2 10.0.0.3 fd00::2, fd01::1, DUAL, fd00::2",
        "10.0.0.2 10.0.0.3 fd00::2, fd01::1, IPV4_ONLY, 10.0.0.2",
        "10.0.0.2 10.0.0.3 fd00::2, 10.1.0.1, IPV6_ONLY, fd00::2",
        "10.0.0.2 10.0.0.3, fd01::1, AUTOMATIC, 10.0.0.2",
        "10.0.0.2 10.0.0.3, fd01::1, IPV6_ONLY, ",
        "'', 10.1.0.1, AUTOMATIC, "
    })
    @DisplayName("is the one dialled, else one of its family, else the first the service allows")
    void choose(String owned, String dialled, IpFamilies allowed, @Nullable String expected) {
        String[] addresses = owned.isEmpty() ? new String[0] : owned.split(" ");

        assertThat(
                        DestinationIp.choose(
                                workload("w", addresses).build(),
                                IpAddress.parse(dialled),
                                allowed))
                .isEqualTo(expected == null ? null : IpAddress.parse(expected));
    }
}
