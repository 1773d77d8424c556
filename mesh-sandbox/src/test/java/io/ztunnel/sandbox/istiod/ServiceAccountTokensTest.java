package io.ztunnel.sandbox.istiod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.InvalidTokenException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

class ServiceAccountTokensTest {
    private static final Claims ZTUNNEL =
            new Claims("istio-system", "ztunnel", "ztunnel-node1", "uid-1", "node1");

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    private final InstantSource clock = now::get;

    @Test
    void aTokenSaysWhoItIsForUntilItExpires(@TempDir Path state) throws Exception {
        String token = ServiceAccountTokens.open(state, clock).issue(ZTUNNEL, Duration.ofHours(1));
        ServiceAccountTokens sameCluster = ServiceAccountTokens.open(state, clock);

        assertThat(sameCluster.verify(token)).isEqualTo(ZTUNNEL);
        now.updateAndGet(t -> t.plus(Duration.ofHours(1)));
        assertThatThrownBy(() -> sameCluster.verify(token))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageContaining("expired");
    }

    @Test
    void aTokenOfAnotherClusterIsRefused(@TempDir Path here, @TempDir Path there)
            throws IOException {
        String foreign =
                ServiceAccountTokens.open(there, clock).issue(ZTUNNEL, Duration.ofHours(1));
        ServiceAccountTokens tokens = ServiceAccountTokens.open(here, clock);

        assertThatThrownBy(() -> tokens.verify(foreign)).hasMessageContaining("signature");
        assertThatThrownBy(() -> tokens.verify("junk")).hasMessageContaining("not a token");
        assertThatThrownBy(() -> tokens.verify("")).hasMessageContaining("not a token");
    }

    @Test
    void aChangedTokenIsRefused(@TempDir Path state) throws IOException {
        ServiceAccountTokens tokens = ServiceAccountTokens.open(state, clock);
        String token = tokens.issue(ZTUNNEL, Duration.ofHours(1));
        int dot = token.indexOf('.');
        String changed = token.substring(0, dot + 3) + "A" + token.substring(dot + 4);

        assertThatThrownBy(() -> tokens.verify(changed)).hasMessageContaining("signature");
    }

    @Test
    void onlyTheOwnerCanReadTheKey(@TempDir Path state) throws IOException {
        ServiceAccountTokens.open(state, clock);

        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(state.resolve("token-key"))))
                .isEqualTo("rw-------");
    }
}
