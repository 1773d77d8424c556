package io.ztunnel.store;

import io.ztunnel.policy.Authorization;

import java.util.ArrayList;
import java.util.List;

/**
 * A batch of changes that become visible together. They are applied in their order: a later one for
 * the same object wins.
 */
public record MeshUpdate(List<Change> changes) {
    public MeshUpdate {
        changes = List.copyOf(changes);
    }

    public sealed interface Change {}

    /** Replaces the workload of that uid and its endpoints, or adds it. */
    public record PutWorkload(Workload workload) implements Change {}

    /** Replaces the service of that namespace and host name, or adds it; its endpoints stay. */
    public record PutService(Service service) implements Change {}

    /** An endpoint that no workload's own list of services tells of. */
    public record PutEndpoint(NamespacedHostname service, Endpoint endpoint) implements Change {}

    /**
     * @param key the xDS resource name, normally {@code namespace/name}
     */
    public record PutPolicy(String key, Authorization policy) implements Change {}

    /**
     * Removes what the xDS name of an Address resource stands for: the workload of that uid if
     * there is one, else the service of that {@code namespace/hostname}.
     */
    public record RemoveAddress(String name) implements Change {}

    public record RemovePolicy(String key) implements Change {}

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private final List<Change> changes = new ArrayList<>();

        private Builder() {}

        public Builder change(Change change) {
            changes.add(change);
            return this;
        }

        public Builder workload(Workload workload) {
            changes.add(new PutWorkload(workload));
            return this;
        }

        public Builder service(Service service) {
            changes.add(new PutService(service));
            return this;
        }

        public Builder endpoint(NamespacedHostname service, Endpoint endpoint) {
            changes.add(new PutEndpoint(service, endpoint));
            return this;
        }

        public Builder policy(String key, Authorization policy) {
            changes.add(new PutPolicy(key, policy));
            return this;
        }

        public Builder removeAddress(String name) {
            changes.add(new RemoveAddress(name));
            return this;
        }

        public Builder removePolicy(String key) {
            changes.add(new RemovePolicy(key));
            return this;
        }

        public MeshUpdate build() {
            return new MeshUpdate(changes);
        }
    }
}
