package io.ztunnel.sandbox.ambient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.InvalidProtocolBufferException;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.sandbox.cluster.Cluster;
import io.ztunnel.sandbox.cluster.ClusterMemory;
import io.ztunnel.sandbox.cluster.ClusterSettings;
import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.cluster.RuntimeStatus;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What istiod itself said of the same objects. */
class GoldenIstiodTest {

    @Test
    void workloadsAndServicesAreThoseOfIstiod() throws IOException {
        assertThat(addresses(AmbientIndex.build(MeshSettings.DEFAULT, manifests())))
                .isEqualTo(recordedAddresses());
    }

    @Test
    void authorizationsAreThoseOfIstiod() throws IOException {
        AmbientSnapshot snapshot = AmbientIndex.build(MeshSettings.DEFAULT, manifests());

        Map<String, Authorization> recorded = new TreeMap<>();
        for (var resource : response("istiod/istiod-authorization.delta.pb").getResourcesList()) {
            recorded.put(
                    resource.getName(), Authorization.parseFrom(resource.getResource().getValue()));
        }
        Map<String, Authorization> built = new TreeMap<>();
        snapshot.authorizations().forEach((name, r) -> built.put(name, r.message()));
        assertThat(built).isEqualTo(recorded).isNotEmpty();
    }

    @Test
    void completingCompleteObjectsChangesNothingThatZtunnelHears() throws IOException {
        List<KubeObject> materialized =
                Cluster.materialize(
                                manifests(),
                                ClusterSettings.DEFAULT.withFamilies(List.of(IpFamily.IPV4)),
                                ClusterMemory.EMPTY,
                                RuntimeStatus.allRunning())
                        .objects();
        Map<String, Address> built =
                addresses(AmbientIndex.build(MeshSettings.DEFAULT, materialized));
        // The recording's waypoint pod was written down by hand; the Gateway makes a second one
        // here.
        built.keySet().removeIf(name -> name.contains("/waypoint-") && !name.endsWith("-x2kqp"));

        assertThat(built).isEqualTo(recordedAddresses());
    }

    private static Map<String, Address> addresses(AmbientSnapshot snapshot) {
        assertThat(snapshot.problems()).isEmpty();
        Map<String, Address> byName = new TreeMap<>();
        snapshot.addresses().forEach((name, resource) -> byName.put(name, resource.message()));
        return byName;
    }

    private static Map<String, Address> recordedAddresses() throws IOException {
        Map<String, Address> recorded = new TreeMap<>();
        for (var resource : response("istiod/istiod-address.delta.pb").getResourcesList()) {
            recorded.put(resource.getName(), address(resource.getResource().getValue()));
        }
        assertThat(recorded).isNotEmpty();
        return recorded;
    }

    private static Address address(com.google.protobuf.ByteString bytes)
            throws InvalidProtocolBufferException {
        return Address.parseFrom(bytes);
    }

    private static List<KubeObject> manifests() throws IOException {
        ManifestSet set =
                ManifestLoader.parse(
                        "manifests.yaml", Files.readString(golden("istiod/manifests.yaml")));
        assertThat(set.problems()).isEmpty();
        return set.objects();
    }

    private static DeltaDiscoveryResponse response(String name) throws IOException {
        return DeltaDiscoveryResponse.parseFrom(Files.readAllBytes(golden(name)));
    }

    private static Path golden(String name) {
        assumeTrue(Golden.file(name).isPresent(), "no recording " + name);
        return Golden.file(name).orElseThrow();
    }
}
