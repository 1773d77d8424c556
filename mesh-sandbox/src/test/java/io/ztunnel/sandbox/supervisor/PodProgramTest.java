package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.ObjectKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class PodProgramTest {
    private static final StateDirectory STATE = new StateDirectory(Path.of("/s"));
    private static final WaypointProxy EMBEDDED = new WaypointProxy.Embedded();

    private static PodView pod(
            String namespace, String image, List<String> command, Map<String, String> labels) {
        return new PodView(
                new ObjectKey(Kind.POD, namespace, "p"),
                "uid",
                "node1",
                List.of(InetAddress.ofLiteral("10.244.1.9")),
                "sa",
                image,
                command,
                List.of(),
                labels,
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "productpage, productpage-v7",
        "bookinfo/ratings:v1, ratings-v7",
        "docker.io/istio/examples-bookinfo-reviews-v3:1.20.2, reviews-v3",
        "registry:5000/a/reviews-v2@sha256:00ff, reviews-v2",
        "curl, idle",
        "docker.io/curlimages/curl:8, idle",
        "myreviews, idle",
        "'', idle"
    })
    void anImageStandsForAProgram(String image, String program) {
        PodView pod = pod("ns", image, List.of(), Map.of("version", "v7"));
        assertThat(PodProgram.of(pod).text()).isEqualTo(program);
    }

    @Test
    void theControlPlaneIsKnownByNamespaceAndLabel() {
        Map<String, String> istiod = Map.of("app", "istiod");
        assertThat(PodProgram.of(pod("istio-system", "app", List.of(), istiod)))
                .isEqualTo(new PodProgram.Istiod());
        assertThat(PodProgram.of(pod("other", "app", List.of(), istiod)))
                .isEqualTo(new PodProgram.Idle());
    }

    @Test
    void aWaypointIsToldItsGateway() {
        PodView pod =
                pod(
                        "ns",
                        "istio/proxyv2:waypoint",
                        List.of("proxy", "waypoint"),
                        Map.of(PodProgram.GATEWAY_NAME, "wp"));
        PodProgram program = PodProgram.of(pod);

        assertThat(program).isEqualTo(new PodProgram.Waypoint("wp"));
        assertThat(program.command(pod, STATE, "10.0.0.1:15012", EMBEDDED))
                .containsSubsequence("--gateway", "ns/wp", "--state", "/s")
                .containsSubsequence("--xds", "10.0.0.1:15012")
                .contains("io.ztunnel.sandbox.waypoint.WaypointMain");
        assertThat(
                        program.command(
                                pod,
                                STATE,
                                "10.0.0.1:15012",
                                new WaypointProxy.Envoy(Path.of("/bin/envoy"))))
                .contains("io.ztunnel.sandbox.envoy.EnvoyMain")
                .containsSubsequence("--gateway", "ns/wp", "--state", "/s")
                .containsSubsequence("--envoy", "/bin/envoy")
                .containsSubsequence("--folder", STATE.podFiles(pod.key()).toString());
    }

    @Test
    void aHostProgramIsItsCommandAndNeedsOne() {
        Map<String, String> none = Map.of();
        PodView pod = pod("ns", "sandbox/host", List.of("sleep", "5"), none);
        assertThat(PodProgram.of(pod).command(pod, STATE, "", EMBEDDED))
                .containsExactly("sleep", "5");
        assertThat(PodProgram.of(pod("ns", "sandbox/host", List.of(), none)))
                .isEqualTo(new PodProgram.Idle());
        assertThat(PodProgram.of(pod("ns", "curl", List.of("sleep", "5"), none)))
                .as("a command of another image is not one of this machine")
                .isEqualTo(new PodProgram.Idle());
    }
}
