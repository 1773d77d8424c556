package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthoritiesTest {
    @ParameterizedTest
    @CsvSource({"10.0.0.1:80, 10.0.0.1, 80", "[fd00::1]:65535, fd00::1, 65535"})
    void anAddressAndAPort(String authority, String ip, int port) {
        assertThat(Authorities.parse(authority)).isEqualTo(TestMesh.address(ip, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "10.0.0.1",
                "10.0.0.1:",
                "10.0.0.1:0",
                "10.0.0.1:65536",
                "10.0.0.1:+80",
                "10.0.0.1:08000000",
                "10.0.1:80",
                "fd00::1:80",
                "[10.0.0.1]:80",
                "[fd00::1%1]:80",
                "[fd00::1:80",
                "reviews:9080",
                "[]:80",
                "user@10.0.0.1:80"
            })
    void nothingElse(String authority) {
        assertThat(Authorities.parse(authority)).isNull();
    }
}
