package io.ztunnel.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class CaptureRuleTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // labels of the namespace | metadata of the pod | spec of the pod
                "{}                              | {}                                              "
                        + "                            | {}                  | false",
                "{istio.io/dataplane-mode: ambient} | {}                                           "
                        + "                            | {}                  | true",
                "{istio.io/dataplane-mode: none} | {}                                              "
                        + "                            | {}                  | false",
                "{istio.io/dataplane-mode: ambient} | {labels: {istio.io/dataplane-mode: none}}    "
                        + "                            | {}                  | false",
                "{istio.io/dataplane-mode: ambient} | {labels: {istio.io/dataplane-mode: other}}   "
                        + "                            | {}                  | true",
                "{}                              | {labels: {istio.io/dataplane-mode: ambient}}    "
                        + "                            | {}                  | true",
                "{istio.io/dataplane-mode: none} | {labels: {istio.io/dataplane-mode: ambient}}    "
                        + "                            | {}                  | true",
                "{istio.io/dataplane-mode: ambient} | {}                                           "
                        + "                            | {hostNetwork: true} | false",
                "{istio.io/dataplane-mode: ambient} | {annotations: {sidecar.istio.io/status: x}}  "
                        + "                            | {}                  | false",
                "{}                              | {labels: {istio.io/dataplane-mode: ambient},"
                        + " annotations: {sidecar.istio.io/status: x}} | {}      | false",
                "{istio.io/dataplane-mode: ambient} | {labels: {app: ztunnel}}                     "
                        + "                            | {serviceAccountName: ztunnel} | false"
            })
    void onlyEnrolledPodsWithoutSidecarOnThePodNetworkAreCaptured(
            String namespaceLabels, String podMetadata, String podSpec, boolean expected) {
        List<KubeObject> objects =
                ManifestLoader.parse(
                                "test.yaml",
                                """
                                apiVersion: v1
                                kind: Namespace
                                metadata: {name: ns, labels: %s}
                                ---
                                apiVersion: v1
                                kind: Pod
                                metadata: {name: p, namespace: ns, <<: %s}
                                spec: {containers: [{name: c}], <<: %s}
                                """
                                        .formatted(namespaceLabels, podMetadata, podSpec))
                        .objects();

        assertThat(CaptureRule.shouldCapture(objects.get(0), objects.get(1))).isEqualTo(expected);
    }
}
