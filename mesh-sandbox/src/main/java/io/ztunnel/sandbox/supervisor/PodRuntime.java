package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.PodStatus;
import io.ztunnel.sandbox.process.KeptProcess;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/** A pod that runs. On the supervisor's thread only. */
final class PodRuntime {
    final PodView pod;
    final PodProgram program;
    final Path namespace;

    /** Null for an idle pod, and as long as its namespace could not be made. */
    @Nullable KeptProcess process;

    /** Why its namespace could not be made, "" when it was. */
    String problem = "";

    boolean wantsCapture;
    boolean captured;

    PodRuntime(PodView pod, Path namespace) {
        this.pod = pod;
        this.program = PodProgram.of(pod);
        this.namespace = namespace;
    }

    PodStatus status() {
        if (!problem.isEmpty()) {
            return PodStatus.PENDING;
        }
        KeptProcess started = process;
        boolean ready =
                started == null
                        ? program instanceof PodProgram.Idle
                        : started.listensOn(program.readyPorts(pod), namespace);
        return new PodStatus(PodStatus.Phase.RUNNING, ready, captured);
    }

    CaptureAgent.Pod forAgent() {
        return new CaptureAgent.Pod(
                pod.uid(),
                pod.key().name(),
                pod.key().namespace(),
                pod.serviceAccount(),
                pod.captureAnnotations(),
                namespace);
    }
}
