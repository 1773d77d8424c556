package io.ztunnel.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

class NetworkNamespaceTest {
    private static final Path OF_THREAD = Path.of("/proc/thread-self/ns/net");

    @Test
    void theActionRunsInsideAndTheThreadComesHome() throws IOException {
        Path home = Files.readSymbolicLink(OF_THREAD);
        try (var made = new NamedNamespace();
                var namespace = NetworkNamespace.named(made.name())) {
            Path inside = namespace.call(() -> Files.readSymbolicLink(OF_THREAD));

            assertThat(inside).isNotEqualTo(home).hasToString(namespace.id().toString());
            assertThat(Files.readSymbolicLink(OF_THREAD)).isEqualTo(home);
        }
    }

    @Test
    void theThreadComesHomeAfterAFailureToo() throws IOException {
        Path home = Files.readSymbolicLink(OF_THREAD);
        try (var made = new NamedNamespace();
                var namespace = NetworkNamespace.named(made.name())) {
            assertThatThrownBy(
                            () ->
                                    namespace.call(
                                            () -> {
                                                throw new IOException("inside");
                                            }))
                    .hasMessage("inside");

            assertThat(Files.readSymbolicLink(OF_THREAD)).isEqualTo(home);
            assertThat(namespace.call(() -> Files.readSymbolicLink(OF_THREAD))).isNotEqualTo(home);
        }
    }

    @Test
    void twoDescriptorsOfOneNamespaceHaveOneIdAndOneCookie() throws IOException {
        try (var made = new NamedNamespace();
                var first = NetworkNamespace.named(made.name());
                var second = first.duplicate();
                var home = NetworkNamespace.current()) {
            assertThat(second.fd()).isNotEqualTo(first.fd());
            assertThat(second.id()).isEqualTo(first.id()).isNotEqualTo(home.id());
            assertThat(second.cookie()).isEqualTo(first.cookie()).isNotEqualTo(home.cookie());
        }
    }

    @Test
    void aDuplicateOutlivesTheOriginalAndTheName() throws IOException {
        NetworkNamespace duplicate;
        try (var made = new NamedNamespace();
                var original = NetworkNamespace.named(made.name())) {
            duplicate = original.duplicate();
        }
        try (duplicate) {
            assertThat(duplicate.isNetworkNamespace()).isTrue();
            assertThat(duplicate.call(() -> Files.readSymbolicLink(OF_THREAD)))
                    .hasToString(duplicate.id().toString());
        }
    }

    @Test
    void aVirtualThreadIsRefused() throws Exception {
        try (var own = NetworkNamespace.current()) {
            var thrown = new AtomicReference<Throwable>();
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    own.call(() -> 1);
                                } catch (IOException | RuntimeException e) {
                                    thrown.set(e);
                                }
                            })
                    .join();

            assertThat(thrown.get())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("virtual thread");
        }
    }

    @Test
    void callsDoNotNest() throws IOException {
        try (var own = NetworkNamespace.current()) {
            assertThatThrownBy(() -> own.call(() -> own.call(() -> 1)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(own.call(() -> 2)).isEqualTo(2);
        }
    }

    @Test
    void aThreadStartedInsideStaysThereForEverAndTheSelfCheckSeesIt() throws Exception {
        var ask = new CountDownLatch(1);
        var answer = new CompletableFuture<Path>();
        var running = new CountDownLatch(1);
        try (var made = new NamedNamespace();
                var namespace = NetworkNamespace.named(made.name())) {
            assertThat(HomeNamespace.strays()).isEmpty();
            Thread started =
                    namespace.call(
                            () ->
                                    Thread.ofPlatform()
                                            .start(
                                                    () -> {
                                                        running.countDown();
                                                        answer.complete(whereAfter(ask));
                                                    }));
            assertThat(running.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(HomeNamespace.strays()).hasSize(1);
            ask.countDown();
            assertThat(answer.get(5, TimeUnit.SECONDS)).hasToString(namespace.id().toString());
            started.join(5_000);
        }
    }

    private static Path whereAfter(CountDownLatch ask) {
        try {
            ask.await();
            return Files.readSymbolicLink(OF_THREAD);
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatIsNoNamespaceIsToldApartAndCannotBeEntered() throws IOException {
        try (var file = NetworkNamespace.open(Path.of("/dev/null"))) {
            assertThat(file.isNetworkNamespace()).isFalse();
            assertThatThrownBy(() -> file.call(() -> 1))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            e -> {
                                assertThat(e.call()).isEqualTo("setns");
                                assertThat(e.errno()).isEqualTo(LinuxException.EINVAL);
                            });
        }
        try (var utsNamespace = NetworkNamespace.open(Path.of("/proc/self/ns/uts"))) {
            assertThat(utsNamespace.isNetworkNamespace()).isFalse();
        }
        try (var own = NetworkNamespace.current()) {
            assertThat(own.isNetworkNamespace()).isTrue();
        }
    }

    @Test
    void errorsNameTheCallTheSubjectAndTheReason() {
        assertThatThrownBy(() -> NetworkNamespace.named("zt-red-no-such"))
                .isInstanceOf(LinuxException.class)
                .hasMessage("open(/run/netns/zt-red-no-such): No such file or directory (errno 2)");
        assertThatThrownBy(() -> NetworkNamespace.named("../self"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NetworkNamespace.adopt(987_654)).isInstanceOf(IOException.class);
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        try (var warm = NetworkNamespace.current()) {
            warm.cookie();
        }
        var before = OpenDescriptors.snapshot();
        try (var own = NetworkNamespace.current();
                var copy = own.duplicate()) {
            copy.cookie();
            assertThat(OpenDescriptors.snapshot()).hasSize(before.size() + 2);
        }
        assertThat(OpenDescriptors.snapshot()).isEqualTo(before);
    }

    @Test
    void aCloseWaitsForTheRunningCall() throws IOException {
        var own = NetworkNamespace.current();
        boolean open =
                own.call(
                        () -> {
                            own.close();
                            return Files.exists(Path.of("/proc/self/fd/" + own.fd()));
                        });
        assertThat(open).isTrue();
        assertThat(Path.of("/proc/self/fd/" + own.fd())).doesNotExist();
        // No mistake of the caller: the pod may go at any time.
        assertThatThrownBy(() -> own.call(() -> 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
        own.close();
    }

    @Test
    void rootMayServePods() throws IOException {
        RequiredCapabilities.verify(0x539);
        RequiredCapabilities.verify(0);
    }

    @Test
    void theSoftLimitOfOpenFilesBecomesTheHardOne() throws IOException {
        OpenFileLimit.raise();
        OpenFileLimit again = OpenFileLimit.raise();

        assertThat(again.before()).isEqualTo(again.now()).isEqualTo(again.hard());
        assertThat(Files.readString(Path.of("/proc/self/limits")))
                .containsPattern("Max open files +" + Long.toUnsignedString(again.now()) + " ");
    }
}
