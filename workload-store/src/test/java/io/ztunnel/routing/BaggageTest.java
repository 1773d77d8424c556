package io.ztunnel.routing;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

@DisplayName("The baggage header")
class BaggageTest {
    private static final Baggage FULL =
            new Baggage("c1", "ns1", "deployment", "web-v1", "web", "v1", "region", "zone");
    private static final String FULL_TEXT =
            "k8s.cluster.name=c1,k8s.namespace.name=ns1,k8s.deployment.name=web-v1,"
                    + "service.name=web,service.version=v1,cloud.region=region,"
                    + "cloud.availability_zone=zone";

    @Test
    @DisplayName("lists what is known in a fixed order")
    void build() {
        assertThat(FULL.header()).isEqualTo(FULL_TEXT);
        assertThat(Baggage.NONE.header()).isEmpty();
    }

    @Test
    @DisplayName("describes a workload by its controller and canonical names")
    void ofWorkload() {
        assertThat(
                        Baggage.of(
                                        TestWorkload.workload("server")
                                                .cluster("c2")
                                                .locality("r", "z", "s")
                                                .build())
                                .header())
                .isEqualTo(
                        "k8s.cluster.name=c2,k8s.namespace.name=default,"
                                + "k8s.deployment.name=server-deployment,service.name=server-app,"
                                + "service.version=v1,cloud.region=r,cloud.availability_zone=z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,service.name=evil", "a\r\nx: y", "\u00e9", "a\u0000"})
    @DisplayName("leaves out a value that would forge an entry or break the header")
    void unsafeValue(String region) {
        Baggage baggage = new Baggage("c1", "ns1", "pod", "", "", "", region, "zone");

        assertThat(baggage.header())
                .isEqualTo(
                        "k8s.cluster.name=c1,k8s.namespace.name=ns1,cloud.availability_zone=zone");
    }

    @Test
    @DisplayName("is read back as it was built")
    void roundTrip() {
        assertThat(Baggage.parse(List.of(FULL_TEXT))).isEqualTo(FULL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deployment", "cronjob", "pod", "job"})
    @DisplayName("knows these kinds of workloads")
    void kinds(String kind) {
        assertThat(Baggage.parse(List.of("k8s." + kind + ".name=x")))
                .isEqualTo(new Baggage("", "", kind, "x", "", "", "", ""));
    }

    @Test
    @DisplayName("may be spread over several lines, of which later ones win")
    void lines() {
        assertThat(
                        Baggage.parse(
                                List.of(
                                        "k8s.cluster.name=first,service.name=web",
                                        "k8s.cluster.name=second,service.version=v1")))
                .isEqualTo(new Baggage("second", "", "", "", "web", "v1", "", ""));
    }

    @Test
    @DisplayName("may be missing or say nothing")
    void nothing() {
        assertThat(Baggage.parse(List.of())).isEqualTo(Baggage.NONE);
        assertThat(Baggage.parse(List.of("k8s.cluster.name=,service.name=,cloud.region=")))
                .isEqualTo(Baggage.NONE);
    }

    @Test
    @DisplayName("ends a value at a second equals sign, and compares keys as they stand")
    void quirks() {
        assertThat(
                        Baggage.parse(
                                List.of(
                                        "cloud.region=a=b, service.name=spaced,"
                                                + "K8S.cluster.name=x,service.version,=,")))
                .isEqualTo(new Baggage("", "", "", "", "", "", "a", ""));
    }

    @Test
    @DisplayName("counts as unreadable when any line is not plain ASCII")
    void notAscii() {
        assertThat(Baggage.parse(List.of("k8s.cluster.name=c1", "service.name=w\u00e9b"))).isNull();
    }

    @Property
    @Label("never makes the parser throw")
    void neverThrows(
            @ForAll @Size(max = 4)
                    List<@CharRange(from = ' ', to = '\u0080') @StringLength(max = 60) String>
                            lines) {
        Baggage baggage = Baggage.parse(lines);
        if (baggage != null) {
            assertThat(Baggage.parse(List.of(baggage.header()))).isNotNull();
        }
    }
}
