package io.ztunnel.sandbox.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

class ManifestWatcherTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    /** So long that only the kernel's word can have woken the watcher. */
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir Path folder;
    private final List<ManifestSet> told = new CopyOnWriteArrayList<>();

    private static String namespace(String name) {
        return "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n";
    }

    private void awaitNames(String... names) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> {
                            assertThat(told).isNotEmpty();
                            assertThat(told.getLast().objects())
                                    .extracting(KubeObject::name)
                                    .containsExactly(names);
                        });
    }

    @Test
    void editsRenamesNewFoldersAndDeletionsAreSeen() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), namespace("one"));
        try (ManifestWatcher watcher = ManifestWatcher.start(folder, NEVER, told::add)) {
            assertThat(watcher).isNotNull();
            awaitNames("one");

            Files.writeString(folder.resolve("a.yaml"), namespace("two"));
            awaitNames("two");

            Path next = folder.resolve("a.yaml.tmp");
            Files.writeString(next, namespace("three"));
            Files.move(next, folder.resolve("a.yaml"), StandardCopyOption.ATOMIC_MOVE);
            awaitNames("three");

            Files.createDirectories(folder.resolve("sub"));
            Files.writeString(folder.resolve("sub/b.yaml"), namespace("four"));
            awaitNames("three", "four");
            Files.writeString(folder.resolve("sub/b.yaml"), namespace("five"));
            awaitNames("three", "five");

            Files.delete(folder.resolve("a.yaml"));
            awaitNames("five");

            Files.writeString(folder.resolve("sub/b.yaml"), "kind: [");
            await().atMost(SOON).until(() -> !told.getLast().problems().isEmpty());
            awaitNames("five");
        }
    }

    @Test
    void aRescanFindsWhatTheKernelDidNotReport() throws IOException {
        Path late = folder.resolve("late");
        try (ManifestWatcher watcher =
                ManifestWatcher.start(late, Duration.ofMillis(50), told::add)) {
            assertThat(watcher).isNotNull();
            await().atMost(SOON).until(() -> !told.isEmpty());
            assertThat(told.getFirst().problems()).hasSize(1);

            Files.createDirectories(late);
            Files.writeString(late.resolve("a.yaml"), namespace("one"));
            awaitNames("one");
        }
    }

    @Test
    void aListenerThatThrowsIsCalledAgainAndOnlyForChanges() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), namespace("one"));
        try (ManifestWatcher watcher =
                ManifestWatcher.start(
                        folder,
                        Duration.ofMillis(20),
                        set -> {
                            told.add(set);
                            throw new IllegalStateException("the listener's own trouble");
                        })) {
            assertThat(watcher).isNotNull();
            awaitNames("one");
            Files.writeString(folder.resolve("b.yaml"), namespace("two"));
            awaitNames("one", "two");
        }
        assertThat(told).doesNotHaveDuplicates();
    }
}
