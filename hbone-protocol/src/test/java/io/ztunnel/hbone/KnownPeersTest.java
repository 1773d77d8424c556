package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

class KnownPeersTest {
    private static final String ID = "spiffe://cluster.local/ns/a/sa/b";
    private static final VerifiedPeer PEER = new VerifiedPeer(List.of(ID), List.of());

    private final TestCa ca = TestCa.root("cluster.local");
    private Instant now = Instant.now();
    private final KnownPeers known = new KnownPeers(() -> now);

    private static X509Certificate[] chain(TlsIdentity identity) {
        return identity.chain().toArray(X509Certificate[]::new);
    }

    @Test
    void aChainIsUnknownUntilItHasBeenVerified() throws Exception {
        X509Certificate[] chain = chain(ca.issue(ID));

        assertThat(known.find(chain)).isNull();
        known.add(chain, PEER);

        assertThat(known.find(chain)).isEqualTo(PEER);
    }

    @Test
    void anotherCertificateOfTheSameNameIsAnotherChain() throws Exception {
        known.add(chain(ca.issue(ID)), PEER);

        assertThat(known.find(chain(ca.issue(ID)))).isNull();
    }

    @Test
    void aLeafIsNotKnownForHavingComeWithOtherIssuers() throws Exception {
        TestCa intermediate = ca.intermediate("intermediate");
        X509Certificate[] chain = chain(intermediate.issue(ID));
        known.add(chain, PEER);

        assertThat(known.find(new X509Certificate[] {chain[0]})).isNull();
    }

    @Test
    void aKnownChainIsNotGoodBeforeOrAfterItsTime() throws Exception {
        X509Certificate[] chain = chain(ca.issue(ID));
        known.add(chain, PEER);

        now = chain[0].getNotAfter().toInstant().plusMillis(1);
        assertThat(known.find(chain)).isNull();
        now = chain[0].getNotBefore().toInstant().minusMillis(1);
        assertThat(known.find(chain)).isNull();
        now = chain[0].getNotBefore().toInstant().plus(Duration.ofMillis(1));
        assertThat(known.find(chain)).isEqualTo(PEER);
    }

    @Test
    void thoseUsedLastAreKept() throws Exception {
        X509Certificate[] first = chain(ca.issue(ID));
        X509Certificate[] second = chain(ca.issue(ID));
        known.add(first, PEER);
        known.add(second, PEER);
        X509Certificate leaf = second[0];
        for (int i = 1; i < 1024; i++) {
            known.find(first);
            // Chains of different lengths are different chains, and cheaper to make than keys.
            X509Certificate[] many = new X509Certificate[i % 32 + 2];
            java.util.Arrays.fill(many, i % 2 == 0 ? leaf : first[0]);
            many[0] = ca.issue(ID).chain().getFirst();
            known.add(many, new VerifiedPeer(List.of(), List.of()));
        }

        assertThat(known.find(first)).isEqualTo(PEER);
        assertThat(known.find(second)).isNull();
    }
}
