package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A CONNECT came through a gateway")
class GatewayOriginTest {
    @ParameterizedTest(name = "header {0}, own network {1}: {2}")
    @CsvSource({
        ", net1, false",
        ", '', false",
        "net1, net1, false",
        "NET1, net1, false",
        "net2, net1, true",
        "net11, net1, true",
        "net1, '', true",
        "'', net1, true",
        "'', '', false",
        "\u212aube, kube, true"
    })
    @DisplayName("when its network header names another network, letter case of ASCII aside")
    void foreign(@Nullable String header, String own, boolean foreign) {
        assertThat(GatewayOrigin.isForeign(header, own)).isEqualTo(foreign);
    }
}
