package io.ztunnel.bench.workload;

import io.ztunnel.bench.mesh.BenchMesh;
import io.ztunnel.bench.mesh.ProcessStat;

import java.io.IOException;
import java.util.Collection;

/** What both ztunnels of a mesh use, from the moment that this is made. */
final class Usage {
    private final Collection<Long> pids;
    private final double cpuBefore;
    private final long rssBefore;

    Usage(BenchMesh mesh) throws IOException {
        pids = mesh.ztunnels().values();
        cpuBefore = cpu();
        rssBefore = rssKib();
    }

    private double cpu() throws IOException {
        double seconds = 0;
        for (long pid : pids) {
            seconds += ProcessStat.cpuSeconds(pid);
        }
        return seconds;
    }

    /** User and system time of both since then. */
    double cpuSeconds() throws IOException {
        return cpu() - cpuBefore;
    }

    /** Of both, now. */
    long rssKib() throws IOException {
        long kib = 0;
        for (long pid : pids) {
            kib += ProcessStat.rssKib(pid);
        }
        return kib;
    }

    long pssKib() throws IOException {
        long kib = 0;
        for (long pid : pids) {
            kib += ProcessStat.pssKib(pid);
        }
        return kib;
    }

    long rssBeforeKib() {
        return rssBefore;
    }

    int processes() {
        return pids.size();
    }
}
