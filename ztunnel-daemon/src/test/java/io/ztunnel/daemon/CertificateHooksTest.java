package io.ztunnel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.daemon.identity.CertificateAuthorityClient;
import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.daemon.identity.CertificateStatus;
import io.ztunnel.daemon.identity.WorkloadCertificate;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.Workload;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** From a change of the mesh to what the CA is asked for; the store's own tests have the rules. */
class CertificateHooksTest {
    private static final Identity WEB = new Identity("cluster.local", "ns", "web");

    private final ScheduledExecutorService control = Executors.newSingleThreadScheduledExecutor();
    private final SilentAuthority authority = new SilentAuthority();
    private final CertificateManager certificates =
            new CertificateManager(
                    authority, control, InstantSource.system(), RandomGenerator.getDefault());
    private final MeshStore store = new MeshStore("n1");

    CertificateHooksTest() {
        store.addListener(new CertificateHooks(certificates));
    }

    /** Notes who is asked for, on the control thread, and never answers. */
    private static final class SilentAuthority implements CertificateAuthorityClient {
        private final List<Identity> asked = new ArrayList<>();

        @Override
        public CompletionStage<WorkloadCertificate> request(Identity identity) {
            asked.add(identity);
            return new CompletableFuture<>();
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() throws InterruptedException {
        certificates.close();
        control.shutdown();
        assertThat(control.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private static Workload workload(String uid, String node) {
        return new Workload(
                uid,
                "pod",
                "ns",
                "cluster.local",
                "web",
                List.of(),
                "",
                Workload.NetworkMode.STANDARD,
                Workload.Protocol.HBONE,
                false,
                null,
                null,
                null,
                node,
                "c",
                "app",
                "v1",
                "pod",
                "app",
                "",
                Workload.Health.HEALTHY,
                Workload.Locality.NONE,
                List.of(),
                Map.of(),
                1);
    }

    private void apply(MeshUpdate.Builder update) throws Exception {
        control.submit(() -> store.apply(update.build())).get(10, TimeUnit.SECONDS);
    }

    /** Read behind everything that the change has started. */
    private List<Identity> asked() throws Exception {
        return control.submit(() -> List.copyOf(authority.asked)).get(10, TimeUnit.SECONDS);
    }

    private List<Identity> kept() throws Exception {
        return control.submit(
                        () ->
                                certificates.snapshot().stream()
                                        .map(CertificateStatus::identity)
                                        .toList())
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void aLocalWorkloadsCertificateIsFetchedAheadOnce() throws Exception {
        apply(MeshUpdate.builder().workload(workload("elsewhere", "n2")));
        assertThat(asked()).isEmpty();
        apply(MeshUpdate.builder().workload(workload("a", "n1")));
        apply(MeshUpdate.builder().workload(workload("a", "n1")));
        assertThat(asked()).containsExactly(WEB);
    }

    @Test
    void theLastLocalWorkloadTakesItsCertificateAlong() throws Exception {
        apply(
                MeshUpdate.builder()
                        .workload(workload("a", "n1"))
                        .workload(workload("b", "n1"))
                        .workload(workload("elsewhere", "n2")));
        apply(MeshUpdate.builder().removeAddress("elsewhere").removeAddress("a"));
        assertThat(kept()).containsExactly(WEB);
        apply(MeshUpdate.builder().removeAddress("b"));
        assertThat(kept()).isEmpty();
    }
}
