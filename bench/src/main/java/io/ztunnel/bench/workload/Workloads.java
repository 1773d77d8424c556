package io.ztunnel.bench.workload;

import java.util.ArrayList;
import java.util.List;

/** All of them, in the order in which they run. */
public final class Workloads {
    private Workloads() {}

    public static List<Workload> all() {
        List<Workload> all = new ArrayList<>(Bulk.all());
        all.addAll(RequestResponse.all());
        all.addAll(ShortConnections.all());
        all.add(new Fair());
        all.add(new Idle());
        // From here on the ztunnels are started anew, and cold.
        all.add(new Boot());
        all.add(new PolicyCost());
        all.add(new Scale("XDS10", 10_000));
        all.add(new Scale("XDS100", 100_000));
        return all;
    }

    /** Those that show most in the least time. */
    public static List<String> quick() {
        return List.of("T1", "T1R", "RR", "CC", "BOOT");
    }
}
