package io.ztunnel.routing;

import io.ztunnel.store.Endpoint;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Which service a client most likely addressed, for labels only: a tunnel to a pod does not tell,
 * unless its forwarded header does.
 */
public final class ServiceGuess {
    private ServiceGuess() {}

    /**
     * @param port the workload's port that is reached
     * @param forwardedHost from {@link Forwarded#host}; wins over ports
     * @return null when no candidate fits
     */
    public static @Nullable Service guess(
            MeshView view,
            List<Service> candidates,
            Workload local,
            int port,
            @Nullable String forwardedHost) {
        if (forwardedHost != null) {
            for (Service candidate : candidates) {
                if (candidate.hostname().equals(forwardedHost)) {
                    return candidate;
                }
            }
        }
        for (Service candidate : candidates) {
            if (leadsTo(candidate.ports(), port)) {
                return candidate;
            }
            Endpoint self = view.endpoints(candidate.key()).get(local.uid());
            if (self != null && leadsTo(self.ports(), port)) {
                return candidate;
            }
        }
        return null;
    }

    private static boolean leadsTo(PortMap ports, int target) {
        for (int i = 0; i < ports.size(); i++) {
            if (ports.targetPort(i) == target) {
                return true;
            }
        }
        return false;
    }
}
