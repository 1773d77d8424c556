package io.ztunnel.bench.micro;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Who owns an address, in a large mesh. */
@State(Scope.Thread)
public class LookupBenchmark {
    private final LargeMesh mesh = new LargeMesh();
    private final HostPort[] pods =
            LargeMesh.targets(
                    80, i -> LargeMesh.podAddress(LargeMesh.spread(i, LargeMesh.WORKLOADS)));
    private final HostPort[] vips =
            LargeMesh.targets(80, i -> LargeMesh.vip(LargeMesh.spread(i, LargeMesh.SERVICES)));
    private final HostPort[] inBlocks =
            LargeMesh.targets(
                    80,
                    i ->
                            LargeMesh.inBlock(
                                    LargeMesh.spread(i, LargeMesh.SERVICES / 100) * 100 + 7));
    private int next;

    @Setup
    public void checkThatAllIsFound() {
        if (workload() == null || exactVip() == null || blockOfVips() == null) {
            throw new IllegalStateException("the mesh does not hold what is looked up");
        }
    }

    @Benchmark
    public @Nullable Workload workload() {
        return mesh.view().workloadByAddress("", next(pods).ip());
    }

    @Benchmark
    public @Nullable Service exactVip() {
        return mesh.view().serviceByVip("", next(vips).ip(), "tenant-0");
    }

    @Benchmark
    public @Nullable Service blockOfVips() {
        return mesh.view().serviceByVip("", next(inBlocks).ip(), "tenant-0");
    }

    private HostPort next(HostPort[] targets) {
        return targets[next++ & LargeMesh.VARIETY - 1];
    }
}
