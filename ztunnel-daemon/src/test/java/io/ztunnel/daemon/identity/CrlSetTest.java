package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.cert.CRLException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;

class CrlSetTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String ID = "spiffe://cluster.local/ns/a/sa/b";

    private final RevokingCa root = RevokingCa.root();
    private final RevokingCa intermediate = root.intermediate("intermediate");

    private static CrlSet parse(String text) throws CRLException {
        return CrlSet.parse(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String pem(RevokingCa ca, X509Certificate... revoked) throws Exception {
        return RevokingCa.pem(ca.list(HOUR, List.of(revoked)));
    }

    @Test
    void aLeafOnTheListOfItsIssuerIsRevokedAndNoOther() throws Exception {
        List<X509Certificate> bad = root.path(ID);
        List<X509Certificate> good = root.path(ID);
        CrlSet lists = parse(pem(root, bad.getFirst()));

        assertThat(lists.revoked(bad))
                .contains(bad.getFirst().getSerialNumber().toString(16))
                .contains("O=cluster.local");
        assertThat(lists.revoked(good)).isNull();
    }

    @Test
    void everyCertificateOfThePathCounts() throws Exception {
        CrlSet ofRoot = parse(pem(root, intermediate.certificate()));
        assertThat(ofRoot.revoked(intermediate.path(ID))).isNotNull();
        assertThat(ofRoot.revoked(root.path(ID))).isNull();

        List<X509Certificate> below = intermediate.path(ID);
        CrlSet ofIntermediate = parse(pem(intermediate, below.getFirst()));
        assertThat(ofIntermediate.revoked(below)).isNotNull();
    }

    @Test
    void aListOfANamesakeDoesNotCount() throws Exception {
        List<X509Certificate> path = root.path(ID);
        CrlSet lists = parse(pem(RevokingCa.root(), path.getFirst()));

        assertThat(lists.size()).isEqualTo(1);
        assertThat(lists.revoked(path)).isNull();
    }

    @Test
    void ofTwoGenerationsOfARootEachListCountsForItsOwn() throws Exception {
        RevokingCa next = RevokingCa.root();
        List<X509Certificate> old = root.path(ID);
        List<X509Certificate> young = next.path(ID);
        CrlSet lists = parse(pem(next, young.getFirst()) + pem(root, old.getFirst()));

        assertThat(lists.revoked(old)).isNotNull();
        assertThat(lists.revoked(young)).isNotNull();
    }

    @Test
    void aListThatIsOutOfDateStillCounts() throws Exception {
        List<X509Certificate> path = root.path(ID);
        byte[] list = root.list(Duration.ofHours(-1), List.of(path.getFirst()));

        assertThat(CrlSet.parse(list).revoked(path)).isNotNull();
    }

    @Test
    void readsPemWithOtherBlocksAndDer() throws Exception {
        List<X509Certificate> path = root.path(ID);
        String certificate = CertificateDetails.of(root.certificate()).pem();
        CrlSet pem = parse(certificate + "\n" + pem(root, path.getFirst()) + pem(intermediate));

        assertThat(pem.size()).isEqualTo(2);
        assertThat(pem.revoked(path)).isNotNull();
        CrlSet der = CrlSet.parse(root.list(HOUR, List.of(path.getFirst())));
        assertThat(der.revoked(path)).isNotNull();
    }

    @Test
    void anEmptyFileRevokesNothing() throws Exception {
        assertThat(parse("").size()).isZero();
        assertThat(parse("\n ").revoked(root.path(ID))).isNull();
    }

    @Test
    void whatIsNoListIsRefusedWithTheReason() {
        assertThatThrownBy(() -> parse("certainly not")).isInstanceOf(CRLException.class);
        assertThatThrownBy(() -> parse(CertificateDetails.of(root.certificate()).pem()))
                .hasMessageContaining("no block of type X509 CRL");
        assertThatThrownBy(() -> parse(RevokingCa.pem(new byte[] {0, 0, 0})))
                .isInstanceOf(CRLException.class);
    }
}
