package io.ztunnel.daemon.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.MeshView;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class MeshNamesTest {
    private static final String SEARCHED = ".ns1.svc.cluster.local";

    private final MeshView mesh = TestNames.store().view();

    private String ask(MeshNames names, String question) {
        String[] words = question.split(" ", -1);
        return switch (names.resolve(
                mesh, TestNames.client(mesh), words[0], words[1].equals("AAAA"))) {
            case Resolution.Elsewhere() -> "elsewhere";
            case Resolution.Found(var addresses, String canonical, String result) ->
                    String.join(
                            " ",
                            addresses.isEmpty()
                                    ? List.of(result)
                                    : canonical == null
                                            ? TestNames.texts(addresses)
                                            : List.of(
                                                    canonical + ":",
                                                    String.join(" ", TestNames.texts(addresses))));
        };
    }

    private static MeshNames names(@Nullable String preferred, boolean ipv6) {
        return new MeshNames(new Aliases("cluster.local", null), preferred, ipv6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    productpage A | 10.1.0.1
                    productpage.ns1 A | 10.1.0.1
                    productpage.ns1.svc A | 10.1.0.1
                    productpage.ns1.svc.cluster.local A | 10.1.0.1
                    productpage.ns1.ns1.svc.cluster.local A | productpage.ns1: 10.1.0.1
                    productpage.svc.cluster.local A | productpage: 10.1.0.1
                    productpage.ns1.svc.svc.cluster.local A | productpage.ns1.svc: 10.1.0.1
                    www.google.com A | 10.1.0.3
                    www.google.com.ns1.svc.cluster.local A | www.google.com: 10.1.0.3
                    www.google.com.cluster.local A | www.google.com: 10.1.0.3
                    foo.svc.mesh.company.net A | 10.1.0.4
                    foo.svc.mesh.company.net.ns1.svc.cluster.local A | 10.1.0.4
                    example A | elsewhere
                    example.ns2 A | 10.1.0.2
                    elsewhere A | no records
                    productpage AAAA | no records
                    nothing.at.all A | elsewhere
                    """)
    void theWorkedExamplesHold(String question, String expected) {
        assertThat(ask(names(null, true), question)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    noip.example.com A | elsewhere
                    cidr.example.com A | elsewhere
                    hidden.example.com A | elsewhere
                    mine.example.com A | 10.1.0.10
                    nobody A | no records
                    pod1.headless.ns1.svc.cluster.local A | elsewhere
                    """)
    void onlyVisibleServicesWithAddressesOrHeadlessOnesOfKubernetesAreAnswered(
            String question, String expected) {
        assertThat(ask(names(null, true), question)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    shared.example.com A | | 10.1.2.1
                    shared.example.com A | ns2 | 10.1.2.1
                    far.example.com A | | 10.1.3.2
                    far.example.com A | ns3 | 10.1.3.3
                    canonical.example.com A | ns3 | 10.1.4.4
                    """)
    void ofSeveralTheOwnNamespaceThenTheCanonicalThenThePreferredThenTheFirstWins(
            String question, @Nullable String preferred, String expected) {
        assertThat(ask(names(preferred, true), question)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    exact.wild.example.org A | 10.1.5.3
                    other.wild.example.org A | 10.1.5.1
                    a.b.wild.example.org A | 10.1.5.1
                    other.example.org A | 10.1.5.2
                    a.b.c.d.e A | elsewhere
                    """)
    void theNarrowestNameWinsAndABareStarIsNobodys(String question, String expected) {
        assertThat(ask(names(null, true), question)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    dual A | 10.1.0.6
                    dual AAAA | fd00::6
                    only4 A | 10.1.0.7
                    only4 AAAA | service does not support this record type
                    only6 A | service does not support this record type
                    only6 AAAA | fd00::8
                    headless A | 10.0.1.1 10.0.2.1
                    headless AAAA | fd00::1:1
                    headless4 AAAA | service does not support this record type
                    headless6 A | service does not support this record type
                    sick A | 10.0.3.1
                    """)
    void addressesAreOfTheFamilyAndOfTheClientsNetworkAndOfEndpointsOnePerWorkload(
            String question, String expected) {
        assertThat(ask(names(null, true), question)).isEqualTo(expected);
    }

    @Test
    void withoutIpv6ThereAreNoSuchAddresses() {
        assertThat(ask(names(null, false), "dual AAAA"))
                .isEqualTo("service does not support this record type");
        assertThat(ask(names(null, false), "dual A")).isEqualTo("10.1.0.6");
    }

    @Test
    void aliasesAreTriedBeforeWildcardsOfLaterOnes() {
        assertThat(ask(names(null, true), "exact.wild.example.org" + SEARCHED + " A"))
                .isEqualTo("exact.wild.example.org: 10.1.5.3");
    }
}
