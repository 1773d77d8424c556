package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.ObjectName;
import io.ztunnel.sandbox.manifest.ResourceType;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Shows objects as they are now, with the conditions that the control plane has for them. */
@Command(
        name = "get",
        description = "Show objects as they are now.",
        mixinStandardHelpOptions = true)
final class GetCommand implements Callable<Integer> {
    @Mixin private KubeTarget target = new KubeTarget();

    @Parameters(
            arity = "1..*",
            paramLabel = "TYPE [NAME...]",
            description = "Or TYPE/NAME...; for example: services")
    private List<String> words = List.of();

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "Of all namespaces.")
    private boolean everywhere;

    @Option(
            names = {"-l", "--selector"},
            split = ",",
            paramLabel = "KEY=VALUE",
            description = "Only objects with these labels.")
    private Map<String, String> selector = new LinkedHashMap<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "One of ${COMPLETION-CANDIDATES}.")
    private ObjectsFormat format = ObjectsFormat.table;

    @Option(names = "--show-labels", description = "With a column of labels.")
    private boolean showLabels;

    @Override
    public Integer call() throws Exception {
        LiveObjects live = target.open();
        List<ObjectName> names = target.names(words);
        if (names.isEmpty()) {
            ResourceType type = KubeTarget.type(words.getFirst());
            List<KubeObject> objects =
                    live.current().stream().filter(o -> isMeant(o, type)).toList();
            if (objects.isEmpty() && format.isTable()) {
                String where = everywhere ? "" : " in " + target.namespace() + " namespace";
                System.err.println("No resources found" + (type.namespaced() ? where : ""));
            } else {
                System.out.print(format.print(type, objects, everywhere, showLabels));
            }
            return 0;
        }
        for (Map.Entry<ResourceType, List<KubeObject>> entry : named(live, names).entrySet()) {
            System.out.print(format.print(entry.getKey(), entry.getValue(), false, showLabels));
        }
        return 0;
    }

    private boolean isMeant(KubeObject object, ResourceType type) {
        return LiveObjects.name(object).kind().equals(type.kind())
                && object.kind().group().equals(type.group())
                && (everywhere
                        || !type.namespaced()
                        || object.namespace().equals(target.namespace()))
                && LabelSelector.isSubset(selector, object.labels());
    }

    private static Map<ResourceType, List<KubeObject>> named(
            LiveObjects live, List<ObjectName> names) throws IOException {
        Map<ResourceType, List<KubeObject>> byType = new LinkedHashMap<>();
        for (ObjectName name : names) {
            KubeObject object = live.current(name).orElseThrow(() -> KubeTarget.notFound(name));
            byType.computeIfAbsent(
                            KubeTarget.type(name.kind()), type -> new java.util.ArrayList<>())
                    .add(object);
        }
        return byType;
    }
}
