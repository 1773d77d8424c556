package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class ControlPlaneTest {
    private static ControlPlane at(String address, RootCertificates roots) {
        return new ControlPlane(URI.create(address), roots, null, false, false);
    }

    @ParameterizedTest
    @CsvSource({
        "https://istiod.istio-system.svc:15012,istiod.istio-system.svc,15012",
        "https://10.0.0.1:1,10.0.0.1,1",
        "https://[fd00::1]:65535,fd00::1,65535",
        "https://istiod,istiod,443",
    })
    void anAddressHasAHostAndAPort(String address, String host, int port) {
        ControlPlane server = at(address, new RootCertificates.OperatingSystem());
        assertThat(server.host()).isEqualTo(host);
        assertThat(server.port()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h:1",
                "h:1",
                "https:/h",
                "https://a_b:1",
                "https://h:0",
                "https://h:65536"
            })
    void anAddressThatCanNeverWorkIsRefused(String address) {
        assertThatThrownBy(() -> at(address, new RootCertificates.OperatingSystem()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(address);
    }

    @Test
    void unusableRootsAreNamed(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("root.pem");
        ControlPlane server = at("https://localhost:1", new RootCertificates.File(file));
        assertThatThrownBy(() -> ControlPlaneTls.context(server))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("root.pem");
        Files.writeString(file, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> ControlPlaneTls.context(server))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("root.pem cannot be used");
        Files.write(file, new byte[(4 << 20) + 1]);
        assertThatThrownBy(() -> ControlPlaneTls.context(server))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("root.pem exceed");
    }

    @Test
    void noTextShowsHeadersOrThePem() {
        RequestHeaders headers =
                new RequestHeaders(Map.of("x-key", "hush"), new BearerToken.Literal("hush"), "c1");
        assertThat(headers.toString()).contains("x-key").doesNotContain("hush");
        assertThat(at("https://h", new RootCertificates.Inline("hush")).toString())
                .doesNotContain("hush");
    }
}
