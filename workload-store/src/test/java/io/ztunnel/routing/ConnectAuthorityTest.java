package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

@DisplayName("The authority of a CONNECT")
class ConnectAuthorityTest {

    @ParameterizedTest(name = "{0} is {1} port {2}")
    @CsvSource({
        "10.0.0.1:80, 10.0.0.1, 80",
        "0.0.0.0:0, 0.0.0.0, 0",
        "255.255.255.255:65535, 255.255.255.255, 65535",
        "[::]:1, ::, 1",
        "[fd00:0:0::A]:80, fd00::a, 80",
        "[64:ff9b::1.2.3.4]:80, 64:ff9b::102:304, 80"
    })
    @DisplayName("is an address where it reads as one")
    void addresses(String text, String ip, int port) {
        assertThat(ConnectAuthority.parse(text))
                .isEqualTo(new ConnectAuthority.Address(new HostPort(IpAddress.parse(ip), port)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web.default.svc.cluster.local",
                "*.example.com",
                "Some_Name-1",
                "10.1",
                "1",
                "10.0.0.256",
                "10.0.0.01",
                "10.0.0.1.",
                "1.2.3.4.5"
            })
    @DisplayName("is a host name where it is not an address in full")
    void hostnames(String host) {
        assertThat(ConnectAuthority.parse(host + ":443"))
                .isEqualTo(new ConnectAuthority.Hostname(host, 443));
    }

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(
            strings = {
                "",
                ":",
                ":80",
                "web",
                "web:",
                "web:+80",
                "web:-1",
                "web:65536",
                "web:000080",
                "web:8O",
                "web:80 ",
                "web:80/path",
                "http://web:80",
                "user@web:80",
                "we b:80",
                "w\u00e9b:80",
                "web:\u0661",
                "::1:80",
                "[::1]",
                "[::1]80",
                "[]:80",
                "[web]:80",
                "[10.0.0.1]:80",
                "[::1:80",
                "::1]:80",
                "[[::1]]:80",
                "[fe80::1%eth0]:80",
                "[fe80::1%1]:80",
                "[::ffff:10.0.0.1]:80",
                "[1:2:3:4:5:6:7:8:9]:80",
                "[\uff11::]:80"
            })
    @DisplayName("is nothing otherwise")
    void refused(String text) {
        assertThat(ConnectAuthority.parse(text)).isNull();
    }

    @Property
    @Label("never makes the parser throw")
    void neverThrows(@ForAll("hostile") String text) {
        ConnectAuthority authority = ConnectAuthority.parse(text);
        if (authority instanceof ConnectAuthority.Hostname host) {
            assertThat(host.hostname()).hasSizeBetween(1, ConnectAuthority.MAX_HOST_LENGTH);
            assertThat(host.port()).isBetween(0, 65535);
        }
    }

    @Provide
    Arbitrary<String> hostile() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300),
                Arbitraries.strings().withChars("[]:.%0123456789abcdefx*-/@ ").ofMaxLength(40));
    }

    @Property
    @Label("reads back every address that is printed")
    void roundTrip(@ForAll byte[] bytes, @ForAll @IntRange(max = 65535) int port) {
        IpAddress ip = IpAddress.of(Arrays.copyOf(bytes, bytes.length % 2 == 0 ? 4 : 16));
        HostPort address = new HostPort(ip, port);

        assertThat(ConnectAuthority.parse(address.toString()))
                .isEqualTo(new ConnectAuthority.Address(address));
    }
}
