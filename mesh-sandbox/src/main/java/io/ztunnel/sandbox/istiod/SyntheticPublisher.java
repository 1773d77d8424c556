package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.Resource;
import io.ztunnel.sandbox.ambient.MeshResource;
import io.ztunnel.sandbox.synthetic.SyntheticMesh;
import io.ztunnel.sandbox.synthetic.SyntheticResources;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Publishes a synthetic mesh and changes it as often as it says. */
final class SyntheticPublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SyntheticPublisher.class);

    private final IstiodServer server;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("synthetic").daemon().factory());

    private SyntheticMesh current = SyntheticMesh.NONE;
    private @Nullable Future<?> updates;
    private long nextUpdate;

    SyntheticPublisher(IstiodServer server) {
        this.server = server;
    }

    /** Replaces what was published before. One caller at a time. */
    void publish(SyntheticMesh mesh) {
        if (updates != null) {
            updates.cancel(false);
            updates = null;
        }
        if (mesh.equals(current)) {
            return;
        }
        current = mesh;
        thread.execute(() -> replace(mesh));
        if (mesh.updates() > 0) {
            SyntheticResources resources = new SyntheticResources(mesh);
            long period = TimeUnit.SECONDS.toNanos(1) / mesh.updates();
            updates =
                    thread.scheduleAtFixedRate(
                            () -> update(resources), period, period, TimeUnit.NANOSECONDS);
        }
    }

    private void replace(SyntheticMesh mesh) {
        nextUpdate = 0;
        SyntheticResources resources = new SyntheticResources(mesh);
        SortedMap<String, Resource> addresses = new TreeMap<>();
        resources.addresses(item -> add(DiscoveryService.ADDRESS, item, addresses));
        SortedMap<String, Resource> policies = new TreeMap<>();
        resources.authorizations(item -> add(DiscoveryService.AUTHORIZATION, item, policies));
        server.publish(
                ServedResources.Source.SYNTHETIC,
                new ResourceSet(
                        Map.of(
                                DiscoveryService.ADDRESS,
                                addresses,
                                DiscoveryService.AUTHORIZATION,
                                policies)));
        log.info("{}", mesh);
    }

    private void update(SyntheticResources resources) {
        server.update(
                DiscoveryService.ADDRESS,
                resource(DiscoveryService.ADDRESS, resources.update(nextUpdate++)));
    }

    private static void add(
            String type, MeshResource<?> item, SortedMap<String, Resource> resources) {
        resources.put(item.name(), resource(type, item));
    }

    private static Resource resource(String type, MeshResource<?> item) {
        return ResourceSet.resource(type, item.name(), item.version(), item.bytes());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
