package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.process.KeptProcess;

import java.time.Duration;

/** Says in the log how a program fares. */
record ProcessEvents(EventLog log) implements KeptProcess.Listener {
    @Override
    public void started(KeptProcess process, long pid) {
        log.add(process.spec().name() + " runs as process " + pid);
    }

    @Override
    public void failed(KeptProcess process, String how, Duration pause) {
        log.add(
                "error: "
                        + process.spec().name()
                        + " ended with "
                        + how
                        + ", again in "
                        + pause.toMillis()
                        + " ms; its log is "
                        + process.spec().log());
    }
}
