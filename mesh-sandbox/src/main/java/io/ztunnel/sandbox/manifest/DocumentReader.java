package io.ztunnel.sandbox.manifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the documents of one file into objects; lists become their items. */
final class DocumentReader {
    private final String file;
    private final List<KubeObject> objects = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final List<ManifestFile.Ignored> ignored = new ArrayList<>();
    private boolean broken;

    DocumentReader(String file) {
        this.file = file;
    }

    void bad(YamlReader.Result.Bad bad) {
        broken = true;
        problems.add(new Problem(Problem.Severity.ERROR, file, bad.line(), "", bad.reason()));
    }

    void document(YamlReader.Result.Good good) {
        YamlDocument document = good.document();
        if (!(document.value() instanceof Map<?, ?> map)) {
            bad(
                    new YamlReader.Result.Bad(
                            document.line(""),
                            "expected an object with apiVersion, kind and metadata, not "
                                    + Fields.shown(document.value())));
            return;
        }
        List<Problem> found = new ArrayList<>();
        Fields.Report report = new Fields.Report(file, document, found);
        Fields root = new Fields(new Tree(TreeEditor.frozen(map)), "", report);
        object(root, "", good, report);
    }

    ManifestFile file() {
        return new ManifestFile(file, objects, problems, ignored, broken);
    }

    private void object(
            Fields object, String path, YamlReader.Result.Good good, Fields.Report report) {
        Optional<String> apiVersion = object.requiredString("apiVersion");
        Optional<String> kindName = object.requiredString("kind");
        if (flush(report) || apiVersion.isEmpty() || kindName.isEmpty()) {
            return;
        }
        if (kindName.get().endsWith("List") && object.has("items")) {
            List<Fields> items = object.objects("items");
            flush(report);
            for (int i = 0; i < items.size(); i++) {
                object(items.get(i), prefix(path) + "items[" + i + "]", good, report);
            }
            return;
        }
        Origin origin = new Origin(file, good.document().line(path), good.number());
        Optional<Kind> kind = Kind.of(apiVersion.get(), kindName.get());
        if (kind.isEmpty()) {
            ignored.add(new ManifestFile.Ignored(apiVersion.get(), kindName.get(), origin));
            return;
        }
        ManifestRules.check(kind.get(), object);
        if (!flush(report)) {
            objects.add(KubeObject.of(kind.get(), object.tree(), origin));
        }
    }

    /** Takes over what was found; true when there was something. */
    private boolean flush(Fields.Report report) {
        boolean any = !report.problems().isEmpty();
        problems.addAll(report.problems());
        report.problems().clear();
        broken |= any;
        return any;
    }

    private static String prefix(String path) {
        return path.isEmpty() ? "" : path + ".";
    }
}
