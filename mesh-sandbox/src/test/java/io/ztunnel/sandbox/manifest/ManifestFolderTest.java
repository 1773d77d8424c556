package io.ztunnel.sandbox.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class ManifestFolderTest {
    private static final String BEFORE =
            """
            # who wrote this
            apiVersion: v1
            kind: Namespace
            metadata: {name: first}   # kept as it is
            """;
    private static final String REVIEWS =
            """
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: reviews
              namespace: bookinfo
            spec:
              ports:
              - port: 9080
            """;
    private static final String AFTER =
            """
            --- # the last one
            apiVersion: v1
            kind: Namespace
            metadata: {name: last}
            """;
    private static final ObjectName NAME = new ObjectName("", "Service", "bookinfo", "reviews");

    @TempDir Path folder;

    private void label(ObjectName name) throws IOException {
        ManifestFolder manifests = new ManifestFolder(folder);
        Tree object = manifests.find(name).orElseThrow();
        manifests.put(name, object.edit().set("b", "metadata", "labels", "a").build());
    }

    @Test
    void onlyTheDocumentOfTheObjectIsWrittenAnew() throws IOException {
        Path file = folder.resolve("sub/a.yaml");
        Files.createDirectories(folder.resolve("sub"));
        Files.writeString(file, BEFORE + REVIEWS + AFTER);

        label(NAME);

        assertThat(file)
                .hasContent(
                        BEFORE
                                + REVIEWS.replace(
                                        "  namespace: bookinfo\n",
                                        "  namespace: bookinfo\n  labels:\n    a: b\n")
                                + AFTER);
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theFirstDocumentNeedsNoSeparator() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, BEFORE + AFTER);

        label(new ObjectName("", "Namespace", "", "first"));

        assertThat(Files.readString(file)).startsWith("apiVersion: v1\n").endsWith(AFTER);
        assertThat(ManifestLoader.load(folder).problems()).isEmpty();
        assertThat(ManifestLoader.load(folder).objects()).hasSize(2);
    }

    @Test
    void anItemOfAListStaysOne() throws IOException {
        Path file = folder.resolve("list.json");
        Files.writeString(
                file,
                """
                {"apiVersion": "v1", "kind": "List", "items": [
                \t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}},
                \t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "two"}}]}
                """);

        label(new ObjectName("", "Namespace", "", "two"));

        assertThat(Files.readString(file)).startsWith("{");
        assertThat(ManifestLoader.load(folder).objects())
                .extracting(o -> o.name() + o.labels())
                .containsExactly("one{}", "two{a=b}");
        assertThat(new ManifestFolder(folder).remove(new ObjectName("", "Namespace", "", "one")))
                .isTrue();
        assertThat(ManifestLoader.load(folder).objects())
                .extracting(KubeObject::name)
                .containsExactly("two");
    }

    @Test
    void whatNoFileHoldsIsAddedToOneOfOurOwn() throws IOException {
        ManifestFolder manifests = new ManifestFolder(folder);
        for (Tree object : ManifestDocuments.read("f.yaml", REVIEWS + "---\n" + BEFORE)) {
            manifests.put(ObjectName.of(object, "default"), object);
        }

        assertThat(folder.resolve(ManifestFolder.OWN_FILE)).exists();
        assertThat(manifests.names())
                .extracting(ObjectName::toString)
                .containsExactly("service/reviews", "namespace/first");
        assertThat(ManifestLoader.load(folder).objects()).hasSize(2);
    }

    @Test
    void aRemovedObjectTakesItsDocumentWithIt() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, BEFORE + REVIEWS + AFTER);

        assertThat(new ManifestFolder(folder).remove(NAME)).isTrue();
        assertThat(new ManifestFolder(folder).remove(NAME)).isFalse();
        assertThat(file).hasContent(BEFORE + AFTER);
    }

    @Test
    void aBrokenNeighbourDoesNotHinder() throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, "kind: [unclosed\n" + REVIEWS);

        label(NAME);

        assertThat(Files.readString(file)).startsWith("kind: [unclosed\n---\n").contains("a: b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"svc", "service", "services", "Service", "SERVICES"})
    void typesHaveSeveralNames(String name) {
        assertThat(ResourceType.named(name))
                .hasValueSatisfying(t -> assertThat(t.kind()).isEqualTo("Service"));
    }

    @Test
    void groupsTellApartWhatIsCalledAlike() {
        assertThat(ResourceType.named("gateways.gateway.networking.k8s.io")).isPresent();
        assertThat(ResourceType.named("gateways.networking.istio.io")).isEmpty();
        assertThat(ResourceType.named("nothing")).isEmpty();
        assertThat(new ObjectName("example.com", "Other", "ns", "x"))
                .hasToString("other.example.com/x");
        for (Kind kind : Kind.values()) {
            assertThat(ResourceType.of(kind.group(), kind.text()))
                    .as("%s", kind)
                    .hasValueSatisfying(
                            t -> assertThat(t.namespaced()).isEqualTo(kind.namespaced()));
        }
    }
}
