package io.ztunnel.daemon.dns;

import org.slf4j.Logger;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says that a limit of a pod is met, once a minute. Confined to one loop. */
final class LimitLog {
    private static final long SILENCE = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final String pod;
    private final LongSupplier nanoTime;
    private final Map<String, Long> told = new HashMap<>();

    LimitLog(Logger log, String pod, LongSupplier nanoTime) {
        this.log = log;
        this.pod = pod;
        this.nanoTime = nanoTime;
    }

    /**
     * @param text with a place for the pod
     */
    void tell(String code, String text) {
        long now = nanoTime.getAsLong();
        Long before = told.get(code);
        if (before == null || now - before >= SILENCE) {
            told.put(code, now);
            log.atWarn().addKeyValue("code", code).log(text, pod);
        }
    }
}
