package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Problem;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** A cluster's objects while they are being completed; lives within one call. */
final class Draft {
    /** Manifests carry no creation time; the order in which they are read stands for it. */
    private static final Instant FIRST_CREATED = Instant.parse("2026-01-01T00:00:00Z");

    private final ClusterSettings settings;
    private final ClusterMemory before;
    private final Map<ObjectKey, KubeObject> objects = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    Draft(List<KubeObject> user, ClusterSettings settings, ClusterMemory before) {
        this.settings = settings;
        this.before = before;
        int position = 0;
        for (KubeObject object : user) {
            String created = FIRST_CREATED.plusSeconds(position++).toString();
            KubeObject stamped =
                    object.with(
                            edit ->
                                    edit.setIfAbsent(created, "metadata", "creationTimestamp")
                                            .setIfAbsent(uid(object.key()), "metadata", "uid"));
            if (objects.putIfAbsent(object.key(), stamped) != null) {
                problem(Problem.error(object.origin(), "", object.key() + " is defined twice"));
            }
        }
    }

    ClusterSettings settings() {
        return settings;
    }

    ClusterMemory before() {
        return before;
    }

    /** A snapshot, so that the draft may change while it is walked. */
    List<KubeObject> all(Kind kind) {
        return objects.values().stream().filter(o -> o.kind() == kind).toList();
    }

    List<KubeObject> all() {
        return List.copyOf(objects.values());
    }

    Optional<KubeObject> find(Kind kind, String namespace, String name) {
        return Optional.ofNullable(objects.get(new ObjectKey(kind, namespace, name)));
    }

    void remove(ObjectKey key) {
        objects.remove(key);
    }

    /** Adds or replaces. */
    void put(KubeObject object) {
        objects.put(object.key(), object);
    }

    /**
     * Adds what a controller makes, unless somebody has written down an object of that name, which
     * then stays.
     *
     * @param owner gives the creation time
     * @return whether it was added
     */
    boolean generate(KubeObject object, Optional<KubeObject> owner) {
        String created =
                owner.map(o -> o.tree().text("metadata", "creationTimestamp"))
                        .filter(text -> !text.isEmpty())
                        .orElse(FIRST_CREATED.toString());
        KubeObject stamped =
                object.with(
                        edit ->
                                edit.set(created, "metadata", "creationTimestamp")
                                        .set(uid(object.key()), "metadata", "uid"));
        return objects.putIfAbsent(object.key(), stamped) == null;
    }

    void problem(Problem problem) {
        problems.add(problem);
    }

    List<Problem> problems() {
        return problems;
    }

    static String uid(ObjectKey key) {
        return UUID.nameUUIDFromBytes(key.toString().getBytes(StandardCharsets.UTF_8)).toString();
    }

    /** {@code namespace/name}, as {@link ClusterMemory} has it. */
    static String name(KubeObject object) {
        return object.namespace() + "/" + object.name();
    }
}
