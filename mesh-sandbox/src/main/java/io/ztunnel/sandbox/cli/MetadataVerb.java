package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.ResourceType;
import io.ztunnel.sandbox.manifest.Tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code label} and {@code annotate} have in common. */
final class MetadataVerb {
    private MetadataVerb() {}

    static void run(
            KubeTarget target,
            String field,
            List<String> words,
            boolean overwrite,
            boolean all,
            Map<String, String> selector)
            throws IOException {
        List<String> objects = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        for (String word : words) {
            (MetadataChange.isChange(word) ? changes : objects).add(word);
        }
        if (objects.isEmpty() || changes.isEmpty()) {
            throw new IllegalArgumentException(
                    "name an object and at least one KEY=VALUE or KEY-, for example: namespace"
                            + " bookinfo istio.io/use-waypoint=waypoint");
        }
        MetadataChange change = MetadataChange.of(field, changes, overwrite);
        LiveObjects live = target.open();
        List<ObjectName> names =
                all || !selector.isEmpty()
                        ? selected(target, live, objects, selector)
                        : target.names(objects);
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    selector.isEmpty()
                            ? "name an object of that type, or say --all"
                            : "no object of that type has these labels in namespace "
                                    + target.namespace());
        }
        change(live, change, names).forEach(System.out::println);
    }

    /** Either all objects are changed or, when one cannot be, none. Returns a line for each. */
    static List<String> change(LiveObjects live, MetadataChange change, List<ObjectName> names)
            throws IOException {
        Map<ObjectName, Tree> changed = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        for (ObjectName name : names) {
            Tree before = live.editable(name).orElseThrow(() -> KubeTarget.notFound(name));
            Tree after = change.applyTo(before);
            if (!after.equals(before)) {
                ObjectChecks.check(after);
                changed.put(name, after);
            }
            lines.add(name + " " + change.outcome(!after.equals(before)));
        }
        for (Map.Entry<ObjectName, Tree> entry : changed.entrySet()) {
            live.folder().put(entry.getKey(), entry.getValue());
        }
        return lines;
    }

    static List<ObjectName> selected(
            KubeTarget target, LiveObjects live, List<String> words, Map<String, String> selector)
            throws IOException {
        if (words.size() != 1) {
            throw new IllegalArgumentException(
                    "name a type and no object: a selector or --all chooses them");
        }
        ResourceType type = KubeTarget.type(words.getFirst());
        List<ObjectName> names = new ArrayList<>();
        for (KubeObject object : live.current()) {
            ObjectName name = LiveObjects.name(object);
            if (name.equals(target.name(type, object.name()))
                    && LabelSelector.isSubset(selector, object.labels())) {
                names.add(name);
            }
        }
        return names;
    }
}
