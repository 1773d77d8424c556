package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.Workload;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

class CertificateWarmupTest {
    private final ManualControl control = new ManualControl();
    private final ScriptedCa ca = new ScriptedCa();
    private final CertificateManager manager =
            new CertificateManager(ca, control, control.clock(), RandomGenerator.getDefault());
    private final CertificateWarmup warmup = new CertificateWarmup(manager, "n1");

    private static Workload workload(String node, Workload.Protocol protocol, boolean tunnel) {
        return new Workload(
                "uid",
                "pod",
                "ns",
                "cluster.local",
                "sa",
                List.of(),
                "",
                Workload.NetworkMode.STANDARD,
                protocol,
                tunnel,
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

    @ParameterizedTest
    @CsvSource({
        "n1,HBONE,false,true",
        "n1,TCP,true,true",
        "n1,TCP,false,false",
        "n2,HBONE,false,false",
        "'',HBONE,true,false",
    })
    void onlyLocalTunnelledWorkloadsAreFetchedAhead(
            String node, Workload.Protocol protocol, boolean tunnel, boolean fetched) {
        warmup.inserted(workload(node, protocol, tunnel));
        control.runAll();
        assertThat(ca.calls).hasSize(fetched ? 1 : 0);
    }

    @Test
    void theLastLocalWorkloadTakesItsCertificateAlong() {
        Workload local = workload("n1", Workload.Protocol.HBONE, false);
        warmup.inserted(local);
        warmup.inserted(local); // an update inserts again and removes nothing
        control.runAll();

        warmup.removed(workload("n2", Workload.Protocol.HBONE, false), identity -> false);
        warmup.removed(local, identity -> true);
        control.runAll();
        assertThat(manager.snapshot()).hasSize(1);

        warmup.removed(local, identity -> false);
        control.runAll();
        assertThat(manager.snapshot()).isEmpty();
    }
}
