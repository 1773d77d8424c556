package io.ztunnel.sandbox.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

class CapturesTest {
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final Queue<String> answers = new ArrayDeque<>();
    private final CaptureAgent.Pod pod =
            new CaptureAgent.Pod("u", "pod", "ns", "sa", Map.of(), Path.of("/x"));

    private final CaptureAgent agent =
            new CaptureAgent() {
                @Override
                public boolean capture(Pod pod) throws IOException {
                    seen.add("capture");
                    return switch (String.valueOf(answers.poll())) {
                        case "fail" -> throw new IOException("refused");
                        case "pending" -> false;
                        default -> true;
                    };
                }

                @Override
                public void release(Pod pod) {
                    seen.add("release");
                }

                @Override
                public void forget(Pod pod) {
                    seen.add("forget");
                }

                @Override
                public void close() {
                    seen.add("close");
                }
            };

    private final Captures captures =
            new Captures(
                    "node1",
                    agent,
                    new Captures.Listener() {
                        @Override
                        public void captured(CaptureAgent.Pod pod) {
                            seen.add("captured");
                        }

                        @Override
                        public void released(CaptureAgent.Pod pod) {
                            seen.add("released");
                        }

                        @Override
                        public void failed(CaptureAgent.Pod pod, String action, String why) {
                            seen.add(action + " failed: " + why);
                        }
                    });

    @AfterEach
    void close() {
        captures.close();
    }

    @Test
    void wantingTheSameTwiceActsOnce() {
        captures.want(pod, true);
        captures.want(pod, true);
        captures.want(pod, false);

        await().until(() -> seen.contains("released"));
        assertThat(seen).containsExactly("capture", "captured", "release", "released");
    }

    @Test
    void aRefusalIsToldOnceAndTriedAgain() {
        answers.addAll(List.of("fail", "fail"));
        captures.want(pod, true);

        await().until(() -> seen.contains("captured"));
        assertThat(seen)
                .containsExactly(
                        "capture", "capture failed: refused", "capture", "capture", "captured");
    }

    @Test
    void withoutAZtunnelItWaitsSilently() {
        answers.add("pending");
        captures.want(pod, true);

        await().until(() -> seen.contains("captured"));
        assertThat(seen).containsExactly("capture", "capture", "captured");
    }

    @Test
    void aPodThatIsReleasedMeanwhileIsNotCapturedLater() {
        answers.addAll(List.of("fail"));
        captures.want(pod, true);
        captures.want(pod, false);

        await().until(() -> seen.contains("released"));
        captures.forget("u").join();
        assertThat(seen).endsWith("release", "released", "forget").doesNotContain("captured");
    }

    @Test
    void forgettingAnUnknownPodIsNothing() {
        captures.forget("other").join();
        assertThat(seen).isEmpty();
    }

    @Test
    void pausesGrowUpToALimit() {
        assertThat(Captures.pause(1)).isEqualTo(Duration.ofMillis(100));
        assertThat(Captures.pause(3)).isEqualTo(Duration.ofMillis(400));
        assertThat(Captures.pause(1_000)).isEqualTo(Duration.ofSeconds(5));
    }
}
