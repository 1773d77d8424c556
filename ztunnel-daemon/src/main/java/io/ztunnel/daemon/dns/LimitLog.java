package io.ztunnel.daemon.dns;

import io.ztunnel.daemon.telemetry.RateLimited;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Says that a limit of a pod is met, once a minute for each code. */
final class LimitLog {
    private static final Duration SILENCE = Duration.ofMinutes(1);

    /** There are fewer. */
    private static final int MAX_CODES = 16;

    private final Logger log;
    private final String pod;
    private final RateLimited lines;

    LimitLog(Logger log, String pod, LongSupplier nanoTime) {
        this.log = log;
        this.pod = pod;
        // How many were left out is what the metric of the limit tells.
        this.lines = new RateLimited(1, SILENCE, MAX_CODES, nanoTime, (code, held) -> {});
    }

    /**
     * @param text with a place for the pod
     */
    void tell(String code, String text) {
        if (lines.permit(code)) {
            log.atWarn().addKeyValue("code", code).log(text, pod);
        }
    }
}
