package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.redirection.PodInfo;
import io.ztunnel.redirection.PodNetwork;
import io.ztunnel.redirection.PodProxy;
import io.ztunnel.redirection.PodProxyFactory;
import io.ztunnel.store.MeshListener;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Workload;

import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Starts the proxies of pods, counts them, and has their open connections checked again when
 * policies change, or which of them a pod has.
 */
final class RunningProxies implements PodProxyFactory, MeshListener {
    private final ProxyServices services;
    private final Telemetry telemetry;
    private final Set<WorkloadProxy> running = ConcurrentHashMap.newKeySet();

    RunningProxies(ProxyServices services, Telemetry telemetry) {
        this.services = services;
        this.telemetry = telemetry;
    }

    @Override
    public PodProxy start(PodInfo pod, PodNetwork network) throws IOException {
        WorkloadProxy proxy = bind(pod, network);
        proxy.accept();
        return proxy;
    }

    /** As {@link #start}, but accepts nothing yet. */
    WorkloadProxy bind(PodInfo pod, PodNetwork network) throws IOException {
        WorkloadProxy proxy = WorkloadProxy.bind(services, pod, network);
        telemetry.proxiesStarted().increment();
        // Known before its first connection, so that no change of policies passes it by.
        running.add(proxy);
        proxy.drainBegun()
                .thenRun(
                        () -> {
                            running.remove(proxy);
                            telemetry.proxiesStopped().increment();
                        });
        return proxy;
    }

    @Override
    public void policiesChanged(MeshView view) {
        for (WorkloadProxy proxy : running) {
            proxy.recheckPolicies(view);
        }
    }

    @Override
    public void localWorkloadsPut(MeshView view, List<Workload> workloads) {
        Set<Workload> changed = Collections.newSetFromMap(new IdentityHashMap<>());
        changed.addAll(workloads);
        for (WorkloadProxy proxy : running) {
            Workload own = view.localWorkload(proxy.reference());
            if (own != null && changed.contains(own)) {
                proxy.recheckPolicies(view);
            }
        }
    }

    void recheckCertificates() {
        for (WorkloadProxy proxy : running) {
            proxy.recheckCertificates();
        }
    }
}
