package io.ztunnel.daemon.dns;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class AliasesTest {
    private static final Aliases SHARED = new Aliases("cluster.local", null);

    private static String text(Alias alias) {
        return alias.stripped() == null ? alias.name() : alias.name() + "<" + alias.stripped();
    }

    /** An alias that comes of a stripped name is shown with it behind a {@code <}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a | a a.n.svc.cluster.local
                    a.b | a.b a.b.svc.cluster.local a.b.n.svc.cluster.local
                    a.b.c | a.b.c a.b.c.svc.cluster.local
                    a.b.svc | a.b.svc a.b.svc.cluster.local a.b.svc.svc.cluster.local
                    a.b.c.svc | a.b.c.svc a.b.c.svc.cluster.local
                    a.b.c.d | a.b.c.d
                    a.b.c.d.svc | a.b.c.d.svc
                    svc | svc svc.n.svc.cluster.local
                    www.google.com | www.google.com www.google.com.svc.cluster.local
                    """)
    void shortNamesAreExpandedByTheNumberOfTheirLabels(String name, String expected) {
        assertThat(SHARED.of(name, "n").stream().map(AliasesTest::text))
                .containsExactly(expected.split(" ", -1));
    }

    @Test
    void eachSearchDomainIsStrippedAndTheRestExpanded() {
        assertThat(SHARED.of("a.b.n.svc.cluster.local", "n").stream().map(AliasesTest::text))
                .containsExactly(
                        "a.b.n.svc.cluster.local",
                        "a.b<a.b",
                        "a.b.svc.cluster.local<a.b",
                        "a.b.n<a.b.n",
                        "a.b.n.svc<a.b.n.svc");
    }

    @ParameterizedTest
    @CsvSource({
        "n.svc.cluster.local, the search domain itself has no more labels",
        "xn.svc.cluster.local, a label ends where the domain begins",
    })
    void onlyWholeLabelsAreStripped(String name, String why) {
        assertThat(SHARED.of(name, "n"))
                .as(why)
                .noneMatch(alias -> "".equals(alias.stripped()) || "x".equals(alias.stripped()));
    }

    @Test
    void dedicatedModeHasItsOwnSearchDomains() {
        Aliases own = new Aliases("cluster.local", List.of("Corp.Example.", "", "."));
        assertThat(own.of("a.corp.example", "n").stream().map(AliasesTest::text))
                .containsExactly(
                        "a.corp.example",
                        "a.corp.example.svc.cluster.local",
                        "a<a",
                        "a.n.svc.cluster.local<a");
        assertThat(own.of("a.n.svc.cluster.local", "n").stream().map(Alias::stripped))
                .containsOnlyNulls();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    www.a.b | www.a.b *.a.b *.b
                    a | a
                    *.a.b | *.a.b *.a.b *.b
                    """)
    void wildcardsGetEverWiderButNeverHoldEverything(String name, String expected) {
        assertThat(new Alias(name, none()).candidates()).containsExactly(expected.split(" ", -1));
    }

    private static @Nullable String none() {
        return null;
    }

    @Test
    void theClusterDomainMayBeAnother() {
        assertThat(new Aliases("Mesh.Example.", null).of("a", "n").stream().map(Alias::name))
                .containsExactly("a", "a.n.svc.mesh.example");
    }
}
