package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.PodStatus;
import io.ztunnel.sandbox.process.KeptProcess;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A pod that runs. On the supervisor's thread only. */
final class PodRuntime {
    final PodView pod;
    final PodProgram program;
    final Path namespace;

    /** Null for an idle pod, and as long as its namespace could not be made. */
    @Nullable KeptProcess process;

    /** Why its namespace could not be made, "" when it was. */
    String problem = "";

    /**
     * The kernel walks every socket of a namespace to tell which listen, so a program that has been
     * found ready is asked again only now and then.
     */
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private long readyProcess = -1;
    private long readySince;

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
        boolean ready = started == null ? program instanceof PodProgram.Idle : isReady(started);
        return new PodStatus(PodStatus.Phase.RUNNING, ready, captured);
    }

    private boolean isReady(KeptProcess started) {
        long now = System.nanoTime();
        long pid = started.pid().orElse(-1);
        if (pid >= 0 && pid == readyProcess && now - readySince < ASK_AGAIN_NANOS) {
            return true;
        }
        boolean ready = started.listensOn(program.readyPorts(pod), namespace);
        readyProcess = ready ? pid : -1;
        readySince = now;
        return ready;
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
