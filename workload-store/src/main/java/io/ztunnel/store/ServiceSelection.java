package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Which of several services a client means that share a host name or a virtual IP. Pure. */
public final class ServiceSelection {
    private ServiceSelection() {}

    /**
     * Of the services that the client may see: its own namespace's, else a canonical one, else the
     * preferred namespace's, else the first.
     *
     * @param candidates in order of arrival
     * @param clientNamespace null: every service is visible and none is the client's own
     * @param preferredNamespace null: none is preferred
     */
    public static @Nullable Service best(
            List<Service> candidates,
            @Nullable String clientNamespace,
            @Nullable String preferredNamespace) {
        @Nullable Service own = null;
        @Nullable Service canonical = null;
        @Nullable Service preferred = null;
        @Nullable Service first = null;
        for (Service service : candidates) {
            if (!isVisible(service, clientNamespace)) {
                continue;
            }
            // The last of several wins in the first two classes, as in the reference ztunnel.
            if (service.namespace().equals(clientNamespace)) {
                own = service;
            }
            if (service.canonical()) {
                canonical = service;
            }
            if (preferred == null && service.namespace().equals(preferredNamespace)) {
                preferred = service;
            }
            if (first == null) {
                first = service;
            }
        }
        if (own != null) {
            return own;
        }
        if (canonical != null) {
            return canonical;
        }
        return preferred != null ? preferred : first;
    }

    static boolean isVisible(Service service, @Nullable String clientNamespace) {
        return clientNamespace == null || service.isVisibleTo(clientNamespace);
    }
}
