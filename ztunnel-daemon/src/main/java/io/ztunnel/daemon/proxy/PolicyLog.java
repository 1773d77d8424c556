package io.ztunnel.daemon.proxy;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.policy.PolicyObserver;
import io.ztunnel.policy.Verdict;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Logs what policies decide and what they would do in dry-run mode, in the reference's words, and
 * policies that a workload names in vain.
 */
final class PolicyLog implements PolicyObserver {
    private static final Logger log = LoggerFactory.getLogger(PolicyLog.class);
    private static final int MAX_REMEMBERED = 10_000;

    private final Level level;
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

    /**
     * @param info whether decisions are of level info rather than debug
     */
    PolicyLog(boolean info) {
        this.level = info ? Level.INFO : Level.DEBUG;
    }

    @Override
    public void onDryRunMatch(Authorization policy, Workload destination, PolicyInput input) {
        String message =
                switch (policy.action()) {
                    case ALLOW -> "dry-run: allow policy match";
                    case DENY -> "dry-run: deny policy match";
                };
        log.atLevel(level)
                .addKeyValue("policy", policy.key())
                .addKeyValue("dst.workload", destination.name())
                .log(message);
    }

    @Override
    public void onDryRunNoneAllowed(Workload destination, PolicyInput input) {
        log.atLevel(level)
                .addKeyValue("dst.workload", destination.name())
                .log("dry-run: no allow policies match");
    }

    @Override
    public void onVerdict(Verdict verdict, @Nullable Authorization policy, Workload destination) {
        if (!log.isEnabledForLevel(level)) {
            return;
        }
        String message =
                switch (verdict) {
                    case Verdict.DeniedBy _ -> "deny policy match";
                    case Verdict.NoneAllowed _ -> "no allow policies matched";
                    case Verdict.Allowed _ ->
                            policy == null ? "no allow policies, allow" : "allow policy match";
                };
        LoggingEventBuilder line = log.atLevel(level);
        if (policy != null) {
            line = line.addKeyValue("policy", policy.key());
        }
        line.addKeyValue("dst.workload", destination.name()).log(message);
    }

    /** Once for each policy and workload, or a busy workload would fill the log. */
    @Override
    public void onUnknownPolicy(String key, Workload destination) {
        if (unknown.size() < MAX_REMEMBERED && unknown.add(destination.uid() + " " + key)) {
            log.warn("{} names the policy {}, which is not known", destination.uid(), key);
        }
    }
}
