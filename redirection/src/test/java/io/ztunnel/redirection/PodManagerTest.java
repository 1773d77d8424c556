package io.ztunnel.redirection;

import static io.ztunnel.redirection.FakeProxies.pod;
import static io.ztunnel.redirection.ScriptedAgent.add;
import static io.ztunnel.redirection.ScriptedAgent.addWithoutInfo;
import static io.ztunnel.redirection.ScriptedAgent.del;
import static io.ztunnel.redirection.ScriptedAgent.keep;
import static io.ztunnel.redirection.ScriptedAgent.snapshotSent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.redirection.ScriptedAgent.Connection;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

@Timeout(30)
class PodManagerTest {
    private static final String UNREADABLE = "failure to read message : ";

    @TempDir private Path directory;
    private final FakeProxies proxies = new FakeProxies();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private Path socket;
    private ScriptedAgent agent;
    private PodManager manager;
    private NetworkNamespace own;

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("ztunnel.sock");
        agent = new ScriptedAgent(socket);
        own = NetworkNamespace.current();
        manager = manager(socket, Duration.ofSeconds(5));
        manager.start();
    }

    @AfterEach
    void stop() {
        manager.close();
        agent.close();
        own.close();
    }

    private PodManager manager(Path path, Duration retryDelay) {
        return new PodManager(
                new PodManager.Settings(path, retryDelay),
                proxies,
                PodNetworkFactory.with(SocketSettings.defaults()),
                new PodManager.Listener() {
                    @Override
                    public void ready(boolean ready) {
                        events.add(ready ? "ready" : "not ready");
                    }

                    @Override
                    public void failed(String reason) {
                        events.add("failed: " + reason);
                    }
                });
    }

    @Test
    void podsComeWithTheSnapshotThenLive() throws IOException {
        try (Connection ztunnel = agent.accept()) {
            assertThat(ztunnel.send(add("a"), own.fd())).isEmpty();
            assertThat(ztunnel.send(keep("unknown"))).isEmpty();
            assertThat(events).isEmpty();
            assertThat(ztunnel.send(snapshotSent())).isEmpty();
            await().until(() -> events.contains("ready"));

            assertThat(ztunnel.send(add("b"), own.fd())).isEmpty();
            assertThat(ztunnel.send(del("a"))).isEmpty();
            await().until(() -> manager.counts().equals(new PodCounts(1, 0, 2, 1)));

            assertThat(proxies.events).containsExactly("start a", "start b", "IMMEDIATE a");
            assertThat(manager.pods())
                    .extracting(PodStatus::pod, PodStatus::state)
                    .containsExactly(tuple(pod("b"), PodStatus.State.UP));
            assertThat(ztunnel.isQuiet()).isTrue();
        }
    }

    @Test
    void aLostAgentMakesUsUnreadyAndStopsNothing() throws IOException {
        try (Connection first = agent.accept()) {
            first.send(add("a"), own.fd());
            first.send(add("gone"), own.fd());
            first.send(snapshotSent());
            await().until(() -> events.equals(List.of("ready")));
        }
        try (Connection second = agent.accept()) {
            await().until(() -> events.equals(List.of("ready", "not ready")));
            assertThat(proxies.running).containsOnlyKeys("a", "gone");

            assertThat(second.send(add("a"), own.fd())).isEmpty();
            assertThat(second.send(snapshotSent())).isEmpty();
            await().until(() -> events.equals(List.of("ready", "not ready", "ready")));
            assertThat(proxies.events).containsExactly("start a", "start gone", "IMMEDIATE gone");
        }
    }

    @Test
    void anAgentThatComesLaterIsFound() throws IOException {
        agent.close();
        try (ScriptedAgent late = new ScriptedAgent(socket);
                Connection ztunnel = late.accept()) {
            assertThat(ztunnel.send(snapshotSent())).isEmpty();
            await().until(() -> events.contains("ready"));
        }
    }

    @Test
    void aPodThatCannotBeStartedIsTriedAgainWhileMessagesAreAnswered() throws IOException {
        Path other = directory.resolve("other.sock");
        proxies.failures.put("a", new IOException("x".repeat(2_000)));
        try (ScriptedAgent impatient = new ScriptedAgent(other);
                PodManager retrying = manager(other, Duration.ofMillis(20))) {
            retrying.start();
            answersWhilePending(retrying, impatient);
        }
    }

    private void answersWhilePending(PodManager retrying, ScriptedAgent impatient)
            throws IOException {
        try (Connection ztunnel = impatient.accept()) {
            assertThat(ztunnel.send(add("a"), own.fd())).hasSizeBetween(700, 800).contains("xxx");
            assertThat(ztunnel.send(snapshotSent())).isEmpty();
            for (int i = 0; i < 10; i++) {
                assertThat(ztunnel.send(del("nobody"))).isEmpty();
            }
            assertThat(retrying.pods())
                    .singleElement()
                    .satisfies(
                            pod -> {
                                assertThat(pod.state()).isEqualTo(PodStatus.State.PENDING);
                                assertThat(pod.proxy()).isNull();
                            });
            assertThat(events).doesNotContain("ready");

            proxies.failures.clear();
            await().until(() -> events.contains("ready"));
            assertThat(retrying.counts()).isEqualTo(new PodCounts(1, 0, 1, 0));
        }
    }

    /** Records after which the connection cannot be trusted. */
    enum Unreadable {
        ADD_WITHOUT_DESCRIPTOR("no control message") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(add("a"));
            }
        },
        ADD_WITH_TWO("more than one file descriptor") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(add("a"), fd, fd);
            }
        },
        ADD_WITH_FIFTEEN("more than one file descriptor") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                int[] many = new int[15];
                Arrays.fill(many, fd);
                return ztunnel.send(add("a"), many);
            }
        },
        DEL_WITH_DESCRIPTOR("something else than an add") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(del("a"), fd);
            }
        },
        SNAPSHOT_WITH_DESCRIPTOR("something else than an add") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(snapshotSent(), fd);
            }
        },
        TOO_LONG("longer than 1024 bytes") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(add("a".repeat(1_100)), fd);
            }
        },
        NO_PROTOBUF("not a WorkloadRequest") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(ByteString.copyFromUtf8("GET / HTTP/1.1"), fd);
            }
        },
        NO_PAYLOAD("no payload") {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                // An unknown field: the message itself is fine.
                return ztunnel.send(ByteString.copyFrom(new byte[] {0x78, 1}), fd);
            }
        };

        final String reason;

        Unreadable(String reason) {
            this.reason = reason;
        }

        abstract String send(Connection ztunnel, int fd) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeReadIsRefusedAndTheConnectionOpenedAnew(Unreadable record) throws IOException {
        try (Connection first = agent.accept()) {
            first.send(add("running"), own.fd());
            long before = namespacesOpen();
            assertThat(record.send(first, own.fd())).startsWith(UNREADABLE).contains(record.reason);
            first.awaitEnd();
            assertThat(namespacesOpen()).isEqualTo(before);
        }
        try (Connection second = agent.accept()) {
            assertThat(second.send(keep("running"))).isEmpty();
            assertThat(second.send(snapshotSent())).isEmpty();
            assertThat(proxies.running).containsOnlyKeys("running");
            assertThat(events).noneMatch(event -> event.startsWith("failed"));
        }
    }

    /** What no agent that speaks this protocol sends. */
    enum Breach {
        ADD_WITHOUT_INFO {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                return ztunnel.send(addWithoutInfo("a"), fd);
            }
        },
        KEEP_AFTER_SNAPSHOT {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                ztunnel.send(snapshotSent());
                return ztunnel.send(keep("a"));
            }
        },
        SECOND_SNAPSHOT {
            @Override
            String send(Connection ztunnel, int fd) throws IOException {
                ztunnel.send(snapshotSent());
                return ztunnel.send(snapshotSent());
            }
        };

        abstract String send(Connection ztunnel, int fd) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void aBreachOfTheProtocolIsRefusedAndEndsTheProcess(Breach breach) throws Exception {
        try (Connection ztunnel = agent.accept()) {
            long before = namespacesOpen();
            assertThat(breach.send(ztunnel, own.fd())).startsWith("protocol error");
            ztunnel.awaitEnd();
            await().until(() -> events.stream().anyMatch(e -> e.startsWith("failed: protocol")));
            assertThat(namespacesOpen()).isEqualTo(before);
        }
        assertThat(manager.drain(PodProxy.Drain.IMMEDIATE).toCompletableFuture())
                .succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    void nothingIsLeftOpenAfterManyPods() throws IOException {
        try (Connection ztunnel = agent.accept()) {
            ztunnel.send(snapshotSent());
            long before = namespacesOpen();
            for (int i = 0; i < 300; i++) {
                String uid = "pod-" + i;
                assertThat(ztunnel.send(add(uid), own.fd())).isEmpty();
                assertThat(ztunnel.send(add(uid), own.fd())).isEmpty();
                assertThat(ztunnel.send(del(uid))).isEmpty();
            }
            assertThat(namespacesOpen()).isEqualTo(before);
            await().until(() -> manager.counts().equals(new PodCounts(0, 0, 300, 300)));
        }
    }

    @Test
    void aDrainComesBeforeFurtherMessagesAndCoversEveryPod() throws Exception {
        proxies.slow.add("slow");
        try (Connection ztunnel = agent.accept()) {
            ztunnel.send(add("slow"), own.fd());
            ztunnel.send(add("quick"), own.fd());
            ztunnel.send(snapshotSent());
            await().until(() -> events.contains("ready"));
            FakeProxies.Proxy slow = Objects.requireNonNull(proxies.running.get("slow"));

            var drained = manager.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture();

            ztunnel.awaitEnd();
            await().until(() -> proxies.events.contains("GRACEFUL slow"));
            await().until(() -> proxies.events.contains("GRACEFUL quick"));
            await().until(() -> events.equals(List.of("ready", "not ready")));
            assertThat(drained).isNotDone();
            slow.finish();
            drained.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void closeHurriesADrainUp() throws Exception {
        proxies.slow.add("slow");
        try (Connection ztunnel = agent.accept()) {
            ztunnel.send(add("slow"), own.fd());
            var drained = manager.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture();
            await().until(() -> proxies.events.contains("GRACEFUL slow"));

            manager.close();

            assertThat(drained).isCompleted();
            assertThat(proxies.events)
                    .containsExactly("start slow", "GRACEFUL slow", "IMMEDIATE slow");
        }
    }

    @Test
    void drainBeforeStartIsDoneAtOnceAndStartDoesNothingThen() {
        PodManager idle = manager(socket, Duration.ofSeconds(5));

        assertThat(idle.drain(PodProxy.Drain.GRACEFUL).toCompletableFuture()).isCompleted();
        idle.start();
        idle.close();
    }

    private static long namespacesOpen() throws IOException {
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            return StreamSupport.stream(fds.spliterator(), false)
                    .filter(PodManagerTest::isNamespace)
                    .count();
        }
    }

    private static boolean isNamespace(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString().startsWith("net:");
        } catch (IOException closed) {
            return false;
        }
    }
}
