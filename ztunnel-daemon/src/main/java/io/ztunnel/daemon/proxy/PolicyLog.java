package io.ztunnel.daemon.proxy;

import io.ztunnel.policy.Authorization;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.policy.PolicyObserver;
import io.ztunnel.store.Workload;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Logs what policies would do in dry-run mode, and policies that a workload names in vain. */
final class PolicyLog implements PolicyObserver {
    private static final Logger log = LoggerFactory.getLogger(PolicyLog.class);
    private static final int MAX_REMEMBERED = 10_000;

    private final Level level;
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

    /**
     * @param info whether dry-run lines are of level info rather than debug
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
                .log("dry-run: allow policies exist, but none allowed");
    }

    /** Once for each policy and workload, or a busy workload would fill the log. */
    @Override
    public void onUnknownPolicy(String key, Workload destination) {
        if (unknown.size() < MAX_REMEMBERED && unknown.add(destination.uid() + " " + key)) {
            log.warn("{} names the policy {}, which is not known", destination.uid(), key);
        }
    }
}
