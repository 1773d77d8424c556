package io.ztunnel.daemon.proxy;

import io.ztunnel.store.MeshUpdate;
import io.ztunnel.store.NameSource;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A control plane that is asked for names, and knows what a test has told it. */
final class ScriptedNames implements NameSource {
    final List<Set<String>> asked = new CopyOnWriteArrayList<>();
    private final Map<String, MeshUpdate> known = new ConcurrentHashMap<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final TestMesh mesh;

    /** Completed when answers may be given. */
    volatile CompletableFuture<Void> open = CompletableFuture.completedFuture(null);

    ScriptedNames(TestMesh mesh) {
        this.mesh = mesh;
    }

    void knows(String name, MeshUpdate update) {
        known.put(name, update);
    }

    /** There will be no answer. */
    void loses(String name) {
        lost.add(name);
    }

    @Override
    public CompletionStage<Void> fetch(Set<String> names) {
        asked.add(Set.copyOf(names));
        for (String name : names) {
            if (lost.contains(name)) {
                return CompletableFuture.failedFuture(new UnansweredException(name, "said a test"));
            }
        }
        return open.thenRunAsync(
                () ->
                        names.forEach(
                                name -> {
                                    MeshUpdate update = known.get(name);
                                    if (update != null) {
                                        mesh.apply(update);
                                    }
                                }));
    }
}
