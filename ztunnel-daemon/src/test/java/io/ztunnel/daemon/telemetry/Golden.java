package io.ztunnel.daemon.telemetry;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;

/** Recorded output of the real programs, where it lies beside the checkout. */
public final class Golden {
    private Golden() {}

    /** The file; the test is skipped when there is none. */
    public static Path file(String name) {
        Path file = find(name);
        Assumptions.assumeTrue(Files.exists(file), "no recorded data beside the checkout");
        return file;
    }

    private static Path find(String name) {
        String configured = System.getProperty("golden.dir");
        if (configured != null) {
            return Path.of(configured, name);
        }
        Path dir = Path.of("").toAbsolutePath();
        while (dir != null) {
            Path file = dir.resolve("shared/golden").resolve(name);
            if (Files.exists(file)) {
                return file;
            }
            dir = dir.getParent();
        }
        return Path.of("shared/golden", name);
    }
}
