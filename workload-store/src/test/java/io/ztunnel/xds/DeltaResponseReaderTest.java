package io.ztunnel.xds;

import static io.ztunnel.xds.WireFixture.WADS;
import static io.ztunnel.xds.WireFixture.WDS;
import static io.ztunnel.xds.WireFixture.badPod;
import static io.ztunnel.xds.WireFixture.pod;
import static io.ztunnel.xds.WireFixture.resource;
import static io.ztunnel.xds.WireFixture.response;
import static io.ztunnel.xds.WireFixture.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;

import io.grpc.StatusRuntimeException;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.store.MeshUpdate;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;

class DeltaResponseReaderTest {
    private final DeltaResponseReader reader = new DeltaResponseReader();

    private DeltaResponse read(DeltaDiscoveryResponse response) {
        return reader.parse(new ByteArrayInputStream(response.toByteArray()));
    }

    @Test
    void readsWhatTheGeneratedParserWouldRead() {
        Resource pod = resource(pod("a"));
        Resource service = resource(service("h"));
        DeltaResponse response =
                read(
                        response(WDS, "n-1", pod, service).toBuilder()
                                .setSystemVersionInfo("2026")
                                .addRemovedResources("gone/1")
                                .addRemovedResources("gone/2")
                                .build());
        assertThat(response.typeUrl()).isEqualTo(WDS);
        assertThat(response.nonce()).isEqualTo("n-1");
        assertThat(response.removed()).containsExactly("gone/1", "gone/2");
        assertThat(response.resourceBytes())
                .isEqualTo(
                        pod.getResource().getValue().size()
                                + service.getResource().getValue().size());
        assertThat(response.resources())
                .extracting(DeltaResponse.Resource::name, DeltaResponse.Resource::version)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("c1//Pod/ns1/a", "v-c1//Pod/ns1/a"),
                        org.assertj.core.groups.Tuple.tuple("ns1/h", "v-ns1/h"));
        assertThat(response.resources().get(0).change()).isInstanceOf(MeshUpdate.PutWorkload.class);
        assertThat(response.resources().get(1).change()).isInstanceOf(MeshUpdate.PutService.class);
    }

    @Test
    void theTypeOfTheResponseDecidesForAResourceThatNamesNone() {
        Resource untyped =
                resource("ns1/h", "", Address.newBuilder().setService(service("h")).build());
        assertThat(read(response(WDS, "n", untyped)).resources())
                .singleElement()
                .matches(r -> r.change() instanceof MeshUpdate.PutService);
        Resource policy = resource("ns1/p", "bare", Authorization.getDefaultInstance());
        assertThat(read(response(WADS, "n", policy)).resources())
                .singleElement()
                .matches(r -> r.change() instanceof MeshUpdate.PutPolicy);
    }

    @Test
    void resourcesOfAnUnknownTypeAreLeftUnread() {
        assertThat(read(response("x", "n", resource("r", "x", Address.getDefaultInstance()))))
                .matches(r -> r.resources().isEmpty() && r.typeUrl().equals("x"));
    }

    @Test
    void aBadResourceOnlyFailsItself() {
        Resource garbage =
                resource(pod("x")).toBuilder()
                        .setName("garbage")
                        .setResource(
                                com.google.protobuf.Any.newBuilder()
                                        .setTypeUrl(WDS)
                                        .setValue(ByteString.copyFromUtf8("\377\377\377\377")))
                        .build();
        Resource absent = Resource.newBuilder().setName("absent").build();
        Resource empty = resource("empty", WDS, Address.getDefaultInstance());
        DeltaResponse response =
                read(response(WDS, "n", badPod("b"), garbage, absent, empty, resource(pod("a"))));
        assertThat(response.resources())
                .filteredOn(r -> r.change() != null)
                .extracting(DeltaResponse.Resource::name)
                .containsExactly("c1//Pod/ns1/a");
        assertThat(response.resources())
                .filteredOn(r -> r.name().equals("garbage"))
                .first()
                .matches(r -> String.valueOf(r.problem()).contains("not readable"));
        assertThat(response.resources())
                .filteredOn(r -> r.name().equals("absent"))
                .first()
                .matches(r -> String.valueOf(r.problem()).contains("needs a payload"));
        assertThat(response.resources())
                .filteredOn(r -> r.name().equals("empty"))
                .first()
                .matches(r -> String.valueOf(r.problem()).contains("a workload or a service"));
    }

    @Test
    void skipsFieldsItDoesNotKnow() {
        Resource withMore =
                resource(pod("a")).toBuilder()
                        .addAliases("/10.0.0.1")
                        .setUnknownFields(
                                com.google.protobuf.UnknownFieldSet.newBuilder()
                                        .addField(
                                                6,
                                                com.google.protobuf.UnknownFieldSet.Field
                                                        .newBuilder()
                                                        .addLengthDelimited(ByteString.EMPTY)
                                                        .addVarint(7)
                                                        .build())
                                        .build())
                        .build();
        assertThat(read(response(WDS, "n", withMore)).resources())
                .singleElement()
                .matches(r -> r.problem() == null);
    }

    @Test
    void aResponseThatIsCutShortFailsAsAWhole() {
        byte[] bytes = response(WDS, "n", resource(pod("a"))).toByteArray();
        for (int length : new int[] {3, bytes.length / 2, bytes.length - 1}) {
            assertThatThrownBy(() -> reader.parse(new ByteArrayInputStream(bytes, 0, length)))
                    .isInstanceOf(StatusRuntimeException.class);
        }
    }
}
