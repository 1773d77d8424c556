package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;

import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a real istiod pushed, where a record of it lies beside the checkout. */
class GoldenResponsesTest {
    @ParameterizedTest
    @ValueSource(strings = {"istiod-address.delta.pb", "istiod-authorization.delta.pb"})
    void everyResourceIsAcceptedAndNoFieldIsUnknown(String file) throws Exception {
        Path golden = golden();
        assumeTrue(golden != null, "no golden data beside the checkout");
        byte[] bytes = Files.readAllBytes(golden.resolve("istiod").resolve(file));
        DeltaDiscoveryResponse wire = DeltaDiscoveryResponse.parseFrom(bytes);
        DeltaResponse response = new DeltaResponseReader().parse(new ByteArrayInputStream(bytes));
        assertThat(response.typeUrl()).isEqualTo(wire.getTypeUrl());
        assertThat(response.nonce()).isEqualTo(wire.getNonce());
        assertThat(response.resources())
                .hasSize(wire.getResourcesCount())
                .isNotEmpty()
                .allMatch(r -> r.problem() == null && r.change() != null);
        for (Resource resource : wire.getResourcesList()) {
            Message message =
                    wire.getTypeUrl().equals(WireFixture.WDS)
                            ? Address.parseFrom(resource.getResource().getValue())
                            : Authorization.parseFrom(resource.getResource().getValue());
            assertNothingUnknown(message);
            assertThat(message.getParserForType().parseFrom(message.toByteString()))
                    .isEqualTo(message);
        }
    }

    private static void assertNothingUnknown(Message message) {
        assertThat(message.getUnknownFields().asMap())
                .describedAs(message.getDescriptorForType().getFullName())
                .isEmpty();
        message.getAllFields()
                .values()
                .forEach(
                        value -> {
                            if (value instanceof Message nested) {
                                assertNothingUnknown(nested);
                            } else if (value instanceof java.util.List<?> list) {
                                list.forEach(
                                        item -> {
                                            if (item instanceof Message nested) {
                                                assertNothingUnknown(nested);
                                            }
                                        });
                            }
                        });
    }

    private static @Nullable Path golden() {
        String configured = System.getProperty("golden.dir");
        if (configured != null) {
            return Path.of(configured);
        }
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            Path candidate = dir.resolve("shared/golden");
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        return null;
    }
}
