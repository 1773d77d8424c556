package io.ztunnel.daemon.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

class RevocationListsTest {
    private static final Duration SOON = Duration.ofMillis(50);

    @TempDir Path directory;

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final RevokingCa ca = RevokingCa.root();
    private final AtomicInteger changes = new AtomicInteger();

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    private Path file() {
        return directory.resolve("crl.pem");
    }

    private RevocationLists start() {
        RevocationLists lists = RevocationLists.start(file(), scheduler, SOON, refused -> {});
        lists.onChange(changes::incrementAndGet);
        return lists;
    }

    private String listOf(X509Certificate revoked) throws Exception {
        return RevokingCa.pem(ca.list(Duration.ofHours(1), List.of(revoked)));
    }

    @Test
    void aFileThatIsThereCountsFromTheStart() throws Exception {
        List<X509Certificate> path = ca.path("spiffe://a");
        Files.writeString(file(), listOf(path.getFirst()));
        try (RevocationLists lists = start()) {
            assertThat(lists.revoked(path)).isNotNull();
        }
    }

    @Test
    void aFileThatComesLaterIsFoundAndToldOf() throws Exception {
        List<X509Certificate> path = ca.path("spiffe://a");
        try (RevocationLists lists = start()) {
            assertThat(lists.revoked(path)).isNull();
            Files.writeString(file(), listOf(path.getFirst()));
            await().untilAsserted(() -> assertThat(changes).hasPositiveValue());
            assertThat(lists.revoked(path)).isNotNull();
        }
    }

    @Test
    void aDirectoryThatNeverRestsIsReadAllTheSame() throws Exception {
        List<X509Certificate> path = ca.path("spiffe://a");
        try (RevocationLists lists = start()) {
            Files.writeString(file(), listOf(path.getFirst()));
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            for (int i = 0; lists.revoked(path) == null && System.nanoTime() < end; i++) {
                Files.writeString(directory.resolve("other"), "x" + i);
            }
            assertThat(lists.revoked(path)).as("while others write").isNotNull();
        }
    }

    @Test
    void aMountThatIsSwappedIsReadAgain() throws Exception {
        List<X509Certificate> path = ca.path("spiffe://a");
        Path old = Files.createDirectory(directory.resolve("..1"));
        Path fresh = Files.createDirectory(directory.resolve("..2"));
        Files.writeString(old.resolve("crl.pem"), "");
        Files.writeString(fresh.resolve("crl.pem"), listOf(path.getFirst()));
        Path data = directory.resolve("..data");
        Files.createSymbolicLink(data, old);
        Files.createSymbolicLink(file(), data.resolve("crl.pem"));
        try (RevocationLists lists = start()) {
            assertThat(lists.revoked(path)).isNull();
            Path swap = Files.createSymbolicLink(directory.resolve("..tmp"), fresh);
            Files.move(swap, data, StandardCopyOption.ATOMIC_MOVE);
            await().untilAsserted(() -> assertThat(lists.revoked(path)).isNotNull());
        }
    }

    @Test
    void aFileThatBreaksOrGoesLeavesWhatWasReadInForce() throws Exception {
        List<X509Certificate> path = ca.path("spiffe://a");
        Files.writeString(file(), listOf(path.getFirst()));
        try (RevocationLists lists = start()) {
            Files.writeString(file(), "-----BEGIN broken");
            settle();
            assertThat(lists.revoked(path)).isNotNull();
            Files.delete(file());
            settle();
            assertThat(lists.revoked(path)).isNotNull();
            Files.writeString(file(), "");
            await().untilAsserted(() -> assertThat(lists.revoked(path)).isNull());
        }
    }

    /** Until the watch must have seen what was before: a change of something else is seen too. */
    private void settle() throws IOException {
        int before = changes.get();
        Path good = directory.resolve("other");
        try (RevocationLists other =
                RevocationLists.start(good, scheduler, SOON.multipliedBy(2), refused -> {})) {
            AtomicInteger seen = new AtomicInteger();
            other.onChange(seen::incrementAndGet);
            Files.writeString(good, "");
            await().untilAsserted(() -> assertThat(seen).hasPositiveValue());
            Files.delete(good);
        }
        assertThat(changes.get()).as("no reading has succeeded").isEqualTo(before);
    }
}
