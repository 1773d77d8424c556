package io.ztunnel.sandbox.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class LastGoodTest {
    @TempDir Path folder;
    private final LastGood lastGood = new LastGood();

    private static String namespace(String name, String label) {
        return "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {v: %s}}\n---\n"
                .formatted(name, label);
    }

    private List<String> load(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
        return names();
    }

    private List<String> names() {
        return lastGood.load(folder).objects().stream()
                .map(o -> o.name() + "=" + o.label("v"))
                .toList();
    }

    @Test
    void aBrokenDocumentKeepsWhatItsFileHeldAndGoodOnesGoOn() throws IOException {
        load("f.yaml", namespace("a", "one") + namespace("b", "one"));

        assertThat(load("f.yaml", namespace("a", "two") + "kind: ["))
                .containsExactly("a=two", "b=one");
        assertThat(load("f.yaml", "kind: [")).containsExactly("a=two", "b=one");
        assertThat(load("f.yaml", namespace("a", "three"))).containsExactly("a=three");
    }

    @Test
    void anInvalidDocumentCountsAsBroken() throws IOException {
        load("f.yaml", namespace("a", "one"));

        assertThat(load("f.yaml", namespace("a", "one").replace("{v: one}", "{v: 1}")))
                .containsExactly("a=one");
    }

    @Test
    void whatMovedToAnotherFileIsNotKeptTwice() throws IOException {
        load("f.yaml", namespace("a", "one") + namespace("b", "one"));
        Files.writeString(folder.resolve("f.yaml"), "kind: [");

        assertThat(load("g.yaml", namespace("a", "moved"))).containsExactly("b=one", "a=moved");
    }

    @Test
    void aFileThatIsGoneTakesItsObjectsWithIt() throws IOException {
        load("f.yaml", namespace("a", "one"));
        Files.delete(folder.resolve("f.yaml"));

        assertThat(names()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeReadChangesNothing() throws IOException {
        load("f.yaml", namespace("a", "one"));
        Path away = folder.resolveSibling("gone");

        ManifestSet set = lastGood.load(away);

        assertThat(set.objects()).extracting(KubeObject::name).containsExactly("a");
        assertThat(set.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.reason()).contains("cannot be read"));
    }
}
