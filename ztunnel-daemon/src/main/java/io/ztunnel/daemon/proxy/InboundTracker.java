package io.ztunnel.daemon.proxy;

import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.policy.Verdict;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.PodReference;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open inbound connections of one pod, whose authorization is checked again whenever policies
 * or the pod's own workload change. Registration comes before the first check, so that no change
 * falls between the two. Safe for use from any thread.
 */
final class InboundTracker {
    private static final Logger log = LoggerFactory.getLogger(InboundTracker.class);

    private final PodReference pod;

    /** Reports to nobody: no connection is new, and there may be thousands. */
    private final PolicyEngine policies = new PolicyEngine();

    private final Set<InboundFlow> flows = ConcurrentHashMap.newKeySet();

    InboundTracker(PodReference pod) {
        this.pod = pod;
    }

    void add(InboundFlow flow) {
        flows.add(flow);
    }

    void remove(InboundFlow flow) {
        flows.remove(flow);
    }

    Collection<InboundFlow> flows() {
        return flows;
    }

    /**
     * Revokes what is denied now. Evaluates against the workload as it is now, so that a policy
     * which was attached to it after the connection was opened counts too.
     */
    void recheck(MeshView view) {
        if (flows.isEmpty()) {
            return;
        }
        Workload own = view.localWorkload(pod);
        if (own == null) {
            return;
        }
        for (InboundFlow flow : flows) {
            Verdict verdict = policies.evaluate(view, own, flow.policyInput(), Trace.NONE);
            if (!verdict.allowed()) {
                log.info(
                        "a policy change closes the connection {} -> {}: {}",
                        flow.policyInput().source(),
                        flow.policyInput().destination(),
                        verdict.text());
                flow.revoke();
            }
        }
    }
}
