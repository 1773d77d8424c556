package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The forwarded header")
class ForwardedTest {

    @ParameterizedTest(name = "{0} for {1}: {2}")
    @CsvSource({
        "10.0.0.1:8080, , 'for=\"10.0.0.1:8080\"'",
        "10.0.0.1:8080, web.example, 'for=\"10.0.0.1:8080\";host=web.example'",
        "[fd00::1]:8080, web.example, 'for=\"[fd00::1]:8080\";host=web.example'"
    })
    @DisplayName("tells the client's address and the service it addressed")
    void build(String client, @Nullable String host, String header) {
        assertThat(Forwarded.build(TestRoutes.address(client), host)).isEqualTo(header);
    }

    @Test
    @DisplayName("leaves out a host that would break it")
    void unquotableHost() {
        assertThat(Forwarded.build(TestRoutes.address("10.0.0.1:1"), "a;for=b"))
                .isEqualTo("for=\"10.0.0.1:1\"");
        assertThat(Forwarded.build(TestRoutes.address("10.0.0.1:1"), "a\r\nx: y"))
                .isEqualTo("for=\"10.0.0.1:1\"");
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "'for=\"10.0.0.1:8080\";host=web.example', web.example",
        "'for=\"10.0.0.1:8080\"; host=\"web.example\" ', web.example",
        "host=first;host=second, first",
        "host=\"open, open",
        "host=shut\", shut",
        "'host=\"\"quoted\"\"', '\"quoted\"'",
        "host=, ",
        "'host=\"\"', ",
        "'host=\"', ",
        "Host=web.example, ",
        "'host =web.example', ",
        "'for=1.2.3.4,host=web.example', ",
        "'', ",
        ";;;, ",
        "host=w\u00e9b, ",
        "'host=a\u0000b', "
    })
    @DisplayName("gives the first host, unquoted once")
    void parse(String header, @Nullable String host) {
        assertThat(Forwarded.host(header)).isEqualTo(host);
    }

    @Property
    @Label("never makes the parser throw, and gives no empty host")
    void neverThrows(
            @ForAll @Chars({'h', 'o', 's', 't', '=', '"', ';', ' ', '\u00e9'}) String header) {
        String host = Forwarded.host(header);
        if (host != null) {
            assertThat(host).isNotEmpty().doesNotContain(";");
        }
    }

    @Test
    @DisplayName("may be missing")
    void missing() {
        assertThat(Forwarded.host(null)).isNull();
    }
}
