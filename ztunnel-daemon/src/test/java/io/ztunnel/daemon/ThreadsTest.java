package io.ztunnel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

final class ThreadsTest {
    @Test
    void controlWorkHasAThreadOfItsOwnBesideThoseOfTheData() throws Exception {
        try (Threads threads = Threads.start(2, line -> {})) {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                names.add(nameOf(threads.workers().next()));
            }

            assertThat(names)
                    .containsExactlyInAnyOrder(
                            "ztunnel-worker-1",
                            "ztunnel-worker-2",
                            "ztunnel-worker-1",
                            "ztunnel-worker-2");
            assertThat(nameOf(threads.control().next())).isEqualTo("ztunnel-control-1");
            assertThat(nameOf(threads.control().next())).isEqualTo("ztunnel-control-1");
            assertThat(nameOf(threads.admin().next())).isEqualTo("ztunnel-admin-1");
        }
    }

    private static String nameOf(EventLoop loop) throws Exception {
        return loop.submit(() -> Thread.currentThread().getName()).get();
    }
}
