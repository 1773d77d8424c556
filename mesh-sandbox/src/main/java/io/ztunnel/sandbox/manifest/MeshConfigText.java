package io.ztunnel.sandbox.manifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The mesh configuration, a YAML text within a ConfigMap. */
public final class MeshConfigText {
    private static final String FIELD = "mesh";

    private static final String NAME = "istio";
    private static final String[] VISIBILITIES = {"UNSPECIFIED", "PUBLIC", "NAMESPACE", "NONE"};

    private MeshConfigText() {}

    /** What is no mapping counts as empty. */
    public static Tree parse(String text) {
        return YamlReader.read(text).stream()
                .flatMap(result -> tree(result).stream())
                .findFirst()
                .orElse(Tree.EMPTY);
    }

    static boolean isIn(Tree configMap) {
        String name = configMap.text("metadata", "name");
        return (name.equals(NAME) || name.startsWith(NAME + "-"))
                && configMap.text("metadata", "namespace").equals("istio-system")
                && configMap.has("data", FIELD);
    }

    /** Reports what is wrong with the fields that count, as problems of {@code data.mesh}. */
    static void check(Fields data) {
        String text = data.tree().text(FIELD);
        for (YamlReader.Result result : YamlReader.read(text)) {
            switch (result) {
                case YamlReader.Result.Bad bad ->
                        data.error(FIELD, "line " + bad.line() + ": " + bad.reason());
                case YamlReader.Result.Good good -> {
                    List<Tree> tree = tree(good);
                    if (tree.isEmpty()) {
                        data.error(FIELD, "expected a mapping");
                    } else {
                        check(tree.getFirst(), good.document(), data);
                    }
                }
            }
        }
    }

    private static void check(Tree tree, YamlDocument document, Fields data) {
        List<Problem> found = new ArrayList<>();
        Fields mesh = new Fields(tree, "", new Fields.Report("", document, found));
        mesh.string("rootNamespace");
        mesh.objects("discoverySelectors").forEach(MetadataRules::selector);
        Fields visibility = mesh.object("serviceEntryVisibility");
        visibility.oneOf("defaultVisibility", VISIBILITIES);
        for (Fields policy : visibility.objects("policies")) {
            policy.oneOf("visibility", VISIBILITIES);
            policy.objects("matchingRules")
                    .forEach(rule -> MetadataRules.selector(rule.object("namespaceSelector")));
        }
        found.forEach(
                problem ->
                        data.error(
                                FIELD,
                                "line "
                                        + problem.line()
                                        + ": "
                                        + problem.field()
                                        + ": "
                                        + problem.reason()));
    }

    private static List<Tree> tree(YamlReader.Result result) {
        return result instanceof YamlReader.Result.Good good
                        && good.document().value() instanceof Map<?, ?> map
                ? List.of(new Tree(TreeEditor.frozen(map)))
                : List.of();
    }
}
