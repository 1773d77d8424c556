package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class IdentityKeeperTest {
    @TempDir Path folder;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger requests = new AtomicInteger();
    private TestMesh mesh;
    private MeshIdentity identity;

    @BeforeEach
    void start() throws Exception {
        mesh = new TestMesh(folder);
        identity = mesh.identity(TestMesh.CLIENT);
    }

    @AfterEach
    void stop() throws Exception {
        thread.shutdownNow();
        mesh.close();
    }

    @Test
    void theFirstCertificateIsAskedForUntilItComes() throws Exception {
        IdentityKeeper keeper =
                IdentityKeeper.start(
                        () -> {
                            if (requests.incrementAndGet() < 3) {
                                throw new IOException("CA down");
                            }
                            return identity;
                        },
                        thread,
                        InstantSource.system());

        assertThat(keeper.first().get(10, TimeUnit.SECONDS)).isSameAs(identity);
        assertThat(requests).hasValue(3);
    }

    @Test
    void aCertificateThatCannotBeRenewedIsKept() throws Exception {
        IdentityKeeper keeper =
                IdentityKeeper.start(
                        () -> {
                            if (requests.incrementAndGet() > 1) {
                                throw new IOException("CA down");
                            }
                            return identity;
                        },
                        thread,
                        // Half of its life is over.
                        InstantSource.fixed(identity.renewAt()));

        keeper.first().get(10, TimeUnit.SECONDS);
        await().until(() -> requests.get() > 2);
        assertThat(keeper.get()).isSameAs(identity);
    }

    @Test
    void renewalIsDueAtHalfOfTheCertificatesLife() {
        Instant now = Instant.now();

        // Signed for an hour, and two minutes of clock skew before.
        assertThat(identity.renewAt())
                .isBetween(now.plusSeconds(28 * 60), now.plusSeconds(30 * 60));
        assertThat(identity.trustDomain()).isEqualTo("cluster.local");
    }
}
