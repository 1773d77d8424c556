package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ztunnel.store.Identity;

import org.junit.jupiter.api.Test;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;

class CertificateChainsTest {
    private static final Identity WEB = new Identity("cluster.local", "ns", "web");
    private static final Instant NOW = Instant.parse("2026-05-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final LocalCertificateAuthority CA = ca();
    private static final LocalCertificateAuthority OTHER_CA = ca();

    private final KeyPair key = CertificateSigningRequests.newKeyPair(RANDOM);

    CertificateChainsTest() throws Exception {}

    private static LocalCertificateAuthority ca() {
        return new LocalCertificateAuthority(
                RANDOM, InstantSource.fixed(NOW), Duration.ofHours(24));
    }

    private static String pem(X509Certificate certificate) throws Exception {
        return CertificateDetails.of(certificate).pem();
    }

    private String leaf(String uri) throws Exception {
        return pem(CA.issue(uri, key.getPublic(), NOW, NOW.plusSeconds(3600)));
    }

    private WorkloadCertificate parse(boolean check, String... elements) throws IdentityException {
        return CertificateChains.parse(WEB, key.getPrivate(), List.of(elements), check);
    }

    private void refused(IdentityException.Code code, String text, String... elements) {
        assertThatExceptionOfType(IdentityException.class)
                .isThrownBy(() -> parse(true, elements))
                .withMessageContaining(text)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void anEmptyAnswerIsRefused() {
        refused(
                IdentityException.Code.EMPTY_RESPONSE,
                "chain returned from CA is empty for: spiffe://cluster.local/ns/ns/sa/web");
    }

    @Test
    void aLeafAloneHasNoRoot() throws Exception {
        refused(
                IdentityException.Code.BAD_RESPONSE,
                "no root certificate present",
                leaf(WEB.toString()));
    }

    @Test
    void leafAndRootAreKeptApart() throws Exception {
        WorkloadCertificate parsed = parse(true, leaf(WEB.toString()), pem(CA.root()));

        assertThat(parsed.tls().spiffeId()).isEqualTo(WEB.toString());
        assertThat(parsed.tls().chain()).hasSize(1);
        assertThat(parsed.tls().roots()).containsExactly(CA.root());
        assertThat(parsed.notBefore()).isEqualTo(NOW);
        assertThat(parsed.notAfter()).isEqualTo(NOW.plusSeconds(3600));
        assertThat(parsed.chain())
                .singleElement()
                .satisfies(
                        leaf ->
                                assertThat(leaf.serialNumber())
                                        .isEqualTo(
                                                parsed.tls()
                                                        .chain()
                                                        .getFirst()
                                                        .getSerialNumber()
                                                        .toString()));
        assertThat(parsed.toString()).doesNotContain("PRIVATE").contains(WEB.toString());
    }

    @Test
    void intermediatesKeepTheirOrderAndAllRootsOfTheBundleCount() throws Exception {
        String bundle = "junk\n" + pem(CA.root()) + "\n" + pem(OTHER_CA.root());
        WorkloadCertificate parsed =
                parse(true, leaf(WEB.toString()), pem(OTHER_CA.root()), pem(CA.root()), bundle);

        assertThat(parsed.tls().chain().subList(1, 3)).containsExactly(OTHER_CA.root(), CA.root());
        assertThat(parsed.tls().roots()).containsExactly(CA.root(), OTHER_CA.root());
        assertThat(parsed.roots()).hasSize(2);
    }

    @Test
    void onlyTheFirstBlockOfALeafOrIntermediateElementCounts() throws Exception {
        WorkloadCertificate parsed =
                parse(true, leaf(WEB.toString()) + pem(OTHER_CA.root()), pem(CA.root()));
        assertThat(parsed.tls().chain()).hasSize(1);
    }

    @Test
    void aRootThatIsNoCaIsSkipped() throws Exception {
        WorkloadCertificate parsed =
                parse(true, leaf(WEB.toString()), leaf(WEB.toString()) + pem(CA.root()));
        assertThat(parsed.tls().roots()).containsExactly(CA.root());
        refused(
                IdentityException.Code.BAD_RESPONSE,
                "no usable root",
                leaf(WEB.toString()),
                leaf(WEB.toString()));
    }

    @Test
    void theIdentityIsCheckedOnlyWhenAskedFor() throws Exception {
        String other = leaf("spiffe://cluster.local/ns/ns/sa/other");
        refused(
                IdentityException.Code.WRONG_IDENTITY,
                "did not find expected SAN: spiffe://cluster.local/ns/ns/sa/web",
                other,
                pem(CA.root()));
        refused(
                IdentityException.Code.WRONG_IDENTITY,
                "expected SAN",
                leaf("https://no.spiffe"),
                pem(CA.root()));
        assertThat(parse(false, other, pem(CA.root())).tls().spiffeId())
                .isEqualTo("spiffe://cluster.local/ns/ns/sa/other");
    }

    @Test
    void junkIsRefused() throws Exception {
        String root = pem(CA.root());
        IdentityException.Code bad = IdentityException.Code.BAD_RESPONSE;
        refused(bad, "no certificate", "not PEM", root);
        refused(bad, "no certificate", leaf(WEB.toString()), "");
        refused(
                bad,
                "PRIVATE KEY",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                root);
        refused(
                bad,
                "cannot be parsed",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                root);
        refused(
                bad,
                "X509 CRL",
                leaf(WEB.toString()),
                root + "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
        refused(bad, "too long", leaf(WEB.toString()), "x".repeat(2 << 20));
        assertThatExceptionOfType(IdentityException.class)
                .isThrownBy(
                        () ->
                                CertificateChains.parse(
                                        WEB,
                                        key.getPrivate(),
                                        Collections.nCopies(1000, root),
                                        false))
                .withMessageContaining("too long");
    }

    @Test
    void theLocalCaIssuesWhatItIsAskedFor() {
        WorkloadCertificate issued = CA.request(WEB).toCompletableFuture().resultNow();
        assertThat(issued.identity()).isEqualTo(WEB);
        assertThat(issued.notAfter()).isEqualTo(NOW.plus(Duration.ofHours(24)));
    }
}
