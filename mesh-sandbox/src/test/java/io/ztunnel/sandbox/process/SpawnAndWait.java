package io.ztunnel.sandbox.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A process of its own that starts another and waits to be killed. */
final class SpawnAndWait {
    private SpawnAndWait() {}

    public static void main(String[] args) throws Exception {
        Spawner spawner = new Spawner();
        // A thread that ends right after: what it asked for must outlive it.
        Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                spawner.start(
                                        new ProcessSpec(
                                                "sleep",
                                                args[0],
                                                List.of("sleep", "600"),
                                                Map.of("PATH", System.getenv("PATH")),
                                                Path.of(args[1])));
                            } catch (java.io.IOException failed) {
                                System.exit(1);
                            }
                        })
                .join();
        new CountDownLatch(1).await();
    }
}
